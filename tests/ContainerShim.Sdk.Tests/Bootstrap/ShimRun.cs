namespace ContainerShim.Sdk.Tests.Bootstrap;

/// <summary>How a run of the shim's binary ended.</summary>
internal sealed record ShimRun(int ExitCode, byte[] Output, string Error)
{
    internal string Text => System.Text.Encoding.UTF8.GetString(Output);
}
