using System.Reflection;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Hosting;

/// <summary>Programs that use the packages as a user does. Need root, runc and containerd.</summary>
public sealed class ProgramTests
{
    private static readonly string TelemetrySample = typeof(ProgramTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static attribute => attribute.Key == "TelemetrySample").Value!;

    private HostSite _site = null!;

    [SetUp]
    public void MakeSite() => _site = HostSite.Create();

    [TearDown]
    public async Task RemoveSite() => await _site.DisposeAsync();

    [Test]
    public async Task AotHost_WithEveryPackage_RunsAContainer()
    {
        Harness.ContainerdVersion newest = ContainerdVersions.All.MaxBy(static containerd => containerd.Version)!;
        await using ContainerdInstance containerd = await ContainerdInstance.StartAsync(newest);

        CommandResult result = await Command.RunAsync(
            TestPaths.Smoke, [.. Arguments("exit 7"), $"--Containerd={containerd.Address}"], timeout: TimeSpan.FromSeconds(60));

        string[] lines = result.EnsureSuccess().Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(
            lines.Where(static line => line.Split(' ')[0] is "health" or "exit" or "event" or "spans"),
            Is.EqualTo(new[]
            {
                "health Healthy", "exit 7", "event /tasks/create", "event /tasks/start", "event /tasks/exit", "event /tasks/delete", "spans yes",
            }),
            result.ToString());
        Assert.That(lines, Has.Some.StartsWith("containerd ").And.Some.Contains(newest.ToString()));
    }

    [Test]
    public async Task TelemetrySample_OfAContainer_ExportsItsSpansMetricsAndLogs()
    {
        CommandResult result = await Command.RunAsync(TelemetrySample, Arguments("exit 5"), timeout: TimeSpan.FromSeconds(60));

        Assert.That(result.ExitCode, Is.EqualTo(5), result.ToString());
        string[] names = ["create", "start", "delete", "runtime.create", "runtime.start", "runtime.delete"];
        Assert.Multiple(() =>
        {
            foreach (string name in names)
            {
                Assert.That(result.Stdout, Does.Match($@"Activity\.DisplayName:\s+containershim\.{name}\r?\n"));
            }

            Assert.That(result.Stdout, Does.Contain("containershim.operation.duration"));
            Assert.That(result.Stdout, Does.Contain("containershim.exits"));
            Assert.That(result.Stdout, Does.Contain("containershim.exit.reason: failure"));
            Assert.That(result.Stdout, Does.Contain("Process {ProcessId} of {ContainerId} ended with {ExitCode}, pid {Pid}"));
        });
        Assert.That(TraceIds(result.Stdout).Distinct().Count(), Is.EqualTo(1), "all spans are of the program's one trace");
    }

    private static IEnumerable<string> TraceIds(string output) => output.Split('\n')
        .Where(static line => line.StartsWith("Activity.TraceId:", StringComparison.Ordinal))
        .Select(static line => line.Split(':')[1].Trim());

    private string[] Arguments(string script) =>
    [
        $"--Bundle={_site.MakeBundle("program", script)}",
        $"--ContainerShim:Namespace={_site.Namespace}",
        $"--ContainerShim:StateDirectory={_site.StateDirectory}",
    ];
}
