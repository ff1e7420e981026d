namespace ContainerShim.Sdk.Diagnostics;

/// <summary>What a host needs to know to listen: docs/telemetry.md lists what there is to hear.</summary>
public static class ContainerShimTelemetry
{
    /// <summary>Name of the <see cref="System.Diagnostics.ActivitySource"/> and of the <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string Name = "ContainerShim.Sdk";
}
