using ContainerShim.Sdk.Integration.Tests.Docker;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Containerd;

/// <summary>The configuration of docs/install.md, as it is written there, read by the daemons that it is for.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class InstallPageTests
{
    /// <summary>A field that the daemon adds to each runtime it knows, so that a table it has passed over is not taken for one it has read.</summary>
    private const string Added = "privileged_without_host_devices = false";

    private static IEnumerable<TestCaseData> Configurations() =>
        from version in ContainerdVersions.All
        from block in Blocks("toml")
        let text = block.StartsWith("version", StringComparison.Ordinal) ? block : "version = 3\n" + block
        where version.Version.Major >= 2 || text.StartsWith("version = 2", StringComparison.Ordinal)
        select new TestCaseData(version, text).SetArgDisplayNames(version.ToString(), text.Split('\n')[0], $"{text.Length}");

    [TestCaseSource(nameof(Configurations))]
    public async Task Containerd_ReadsTheTable(ContainerdVersion containerd, string text)
    {
        string dump = await WithFileAsync(text, file => Command.RunAsync(
            Path.Combine(containerd.BinDirectory, "containerd"), ["--config", file, "config", "dump"]));

        // To the next runtime; 2.x quotes its texts as TOML's literals.
        string runtime = dump.Replace('\'', '"').Split("containerd.runtimes.dotnet]", 2)[1];
        runtime = runtime.Split("containerd.runtimes.runc", 2)[0];
        Assert.That(runtime, Does.Contain(Added).And.Match("runtime_type = \"io\\.containerd\\.dotnet\\.v1\"|runtime_path = \"[^\"]*/containerd-shim-dotnet-v1\""));
        foreach (string line in text.Split('\n').Where(static line => line.Contains('=', StringComparison.Ordinal) && !line.StartsWith("version", StringComparison.Ordinal)))
        {
            Assert.That(runtime, Does.Contain(line.Split('#')[0].Trim()));
        }
    }

    [Test]
    public async Task Dockerd_TakesItsConfiguration()
    {
        DockerVersion docker = DockerVersions.All.MaxBy(static version => version.Version)!;
        string text = Blocks("json").Single(static block => block.Contains("default-runtime", StringComparison.Ordinal));

        // The proxy is for published ports, and not among what the tests install.
        string answer = await WithFileAsync(text, file => Command.RunAsync(
            Path.Combine(docker.Directory, "sbin", "dockerd"), ["--validate", "--userland-proxy=false", "--config-file", file]));

        Assert.That(answer, Does.Contain("configuration OK"));
    }

    private static IEnumerable<string> Blocks(string language) =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(TestPaths.Readme)!, "docs", "install.md"))
            .Split("```")
            .Where(block => block.StartsWith(language + "\n", StringComparison.Ordinal))
            .Select(block => block[(language.Length + 1)..]);

    private static async Task<string> WithFileAsync(string text, Func<string, Task<CommandResult>> run)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text);
            CommandResult result = (await run(file)).EnsureSuccess();
            return result.Stdout + result.Stderr;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
