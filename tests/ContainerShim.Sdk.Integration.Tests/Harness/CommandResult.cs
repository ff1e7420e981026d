namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>What a finished command left behind.</summary>
internal sealed record CommandResult(string CommandLine, int ExitCode, string Stdout, string Stderr)
{
    /// <summary>Returns this result, or fails the test with everything the command said.</summary>
    public CommandResult EnsureSuccess()
    {
        Assert.That(ExitCode, Is.Zero, ToString());
        return this;
    }

    public override string ToString() => $"{CommandLine}\nexit {ExitCode}\nstdout: {Stdout}\nstderr: {Stderr}";
}
