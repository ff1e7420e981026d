namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Values of the attribute <c>containershim.process.kind</c>.</summary>
internal static class ProcessKinds
{
    public const string Init = "init";

    public const string Exec = "exec";
}
