using System.Text.RegularExpressions;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>No descriptor of the shim can leak into a program that it starts (CVE-2024-21626). Needs strace.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed partial class DescriptorTests(string runtime) : ShimFixture(runtime)
{
    [Test]
    public async Task Shim_ThroughAWholeLife_MakesEveryDescriptorCloseOnExec()
    {
        string prefix = Path.Combine(Site.Directory, "trace");
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["cat"] });
        Task<ShimInvocation> traced = Site.InvokeAsync("start", bundle, SystemCallTrace.Command(prefix));
        string address = bundle.PathOf("address");
        await Eventually.ShowsAsync(() => File.Exists(address), exists => exists, "the shim has started");
        RawShim shim = await Site.ConnectAsync(bundle, await File.ReadAllTextAsync(address));

        await LiveAsync(shim, bundle);
        await shim.ShutdownAsync();
        (await traced).EnsureSuccess();

        SystemCallTrace trace = new(prefix, TestPaths.Shim!);
        Assert.That(trace.OwnCalls(), Has.Some.StartsWith("accept4(").And.Some.StartsWith("pipe2("), "the trace shows what the shim does");
        IReadOnlyList<string> inheritable = trace.InheritableDescriptors();
        Assert.That(inheritable, Has.Some.Contains("\"/proc/meminfo\""), "what is excepted is seen");
        Assert.That(inheritable.Where(call => !OfTheRuntime().IsMatch(call)), Is.Empty);
    }

    /// <summary>A container with all streams, an exec with a terminal, and one that cannot be started.</summary>
    private static async Task LiveAsync(RawShim shim, TestBundle bundle)
    {
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true, stderr: true);
        stdio.Read(stdio.Stdout);
        stdio.Read(stdio.Stderr);
        RawTask task = await shim.RunAsync(bundle, stdio);
        using TestStdio terminal = TestStdio.Create(bundle.PathOf("tty"), stdout: true, terminal: true);
        terminal.Read(terminal.Stdout);
        await task.ExecAsync("tty", ["true"], terminal);
        await task.WaitAsync("tty");
        await task.DeleteAsync("tty");
        await task.AddExecAsync("missing", ["no-such-command"]);
        await Assert.CatchAsync(() => task.StartExecAsync("missing"));
        await task.DeleteAsync("missing");
        await task.CloseStdinAsync();
        await task.WaitAsync();
        await task.DeleteAsync();
    }

    /// <summary>
    /// .NET's garbage collector reads what memory and processors there are with fopen(3), closes it at once, and offers no way to say
    /// close-on-exec. The spawner closes whatever is open then in the child.
    /// </summary>
    [GeneratedRegex("^openat\\(AT_FDCWD, \"/(proc/meminfo|proc/self/cgroup|proc/self/mountinfo|sys/devices/system/cpu/(possible|cpu0/cache/index[0-9]/(size|level))|sys/fs/cgroup/[^\"]*)\", O_RDONLY\\)")]
    private static partial Regex OfTheRuntime();
}
