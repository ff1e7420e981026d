using System.Globalization;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Sizes as people write them for logs: a whole number and a unit of k, m or g, which are powers of 1024 as with docker.</summary>
internal static class ByteSize
{
    internal static bool TryParse(string text, out long bytes)
    {
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        string unit = digits < 0 ? "" : text[digits..].ToLowerInvariant();
        int shift = unit switch
        {
            "" or "b" => 0,
            "k" or "kb" or "ki" or "kib" => 10,
            "m" or "mb" or "mi" or "mib" => 20,
            "g" or "gb" or "gi" or "gib" => 30,
            _ => -1,
        };
        bytes = 0;
        if (shift < 0 || !long.TryParse(digits < 0 ? text : text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            || number > long.MaxValue >> shift)
        {
            return false;
        }

        bytes = number << shift;
        return true;
    }
}
