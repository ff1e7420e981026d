using System.Globalization;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Numbers as control files write them.</summary>
internal static class CgroupNumber
{
    /// <summary><c>max</c> is 2^64−1; what is negative or no number is 0.</summary>
    internal static ulong Parse(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value
            : text.SequenceEqual("max") ? ulong.MaxValue
            : 0;
    }

    /// <summary>A value of <c>key=value</c>, such as an average of pressure; 0 for what is none.</summary>
    internal static double ParseDouble(ReadOnlySpan<char> text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : 0;
}
