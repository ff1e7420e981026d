using System.Globalization;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>How much slower than a common machine this one is: an emulated one has its limits of time multiplied.</summary>
internal static class Pace
{
    private static readonly double Factor =
        double.TryParse(Environment.GetEnvironmentVariable("CONTAINERSHIM_PACE"), CultureInfo.InvariantCulture, out double factor) ? factor : 1;

    /// <summary>A limit of time for this machine.</summary>
    public static TimeSpan Of(TimeSpan limit) => limit * Factor;
}
