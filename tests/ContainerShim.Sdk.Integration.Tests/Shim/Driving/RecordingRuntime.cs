using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>A runtime, with a record of how it was called.</summary>
internal sealed class RecordingRuntime
{
    private readonly string _record;

    /// <param name="site">Where to put it.</param>
    /// <param name="instead">What to do for some calls instead of running it: shell code that sees the arguments.</param>
    /// <param name="runtime">What it runs.</param>
    public RecordingRuntime(ITestSite site, string instead = "", string runtime = "runc")
    {
        _record = System.IO.Path.Combine(site.Directory, "calls");
        Path = Script.Make(site, "recording-runtime", $"""
            echo "$*" >> {_record}
            {instead}
            exec {runtime} "$@"
            """);
    }

    public string Path { get; }

    /// <summary>The arguments of every call of a command so far.</summary>
    public async Task<IReadOnlyList<string>> CallsAsync(string command) =>
        File.Exists(_record) ? [.. (await File.ReadAllLinesAsync(_record)).Where(call => $"{call} ".Contains($" {command} ", StringComparison.Ordinal))] : [];

    /// <summary>The arguments of the only call of a command.</summary>
    public async Task<string> CallAsync(string command) => (await CallsAsync(command)).Single();
}
