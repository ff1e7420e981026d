namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>The signals that checks send; the numbers are those of every architecture that .NET runs on (signal(7)).</summary>
internal static class Signals
{
    public const int Test = 0;
    public const int Kill = 9;
    public const int Term = 15;

    /// <summary>The status of a process that SIGKILL ended.</summary>
    public const int KilledStatus = 128 + Kill;
}
