using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>What cannot be taken over, or not whole, goes on: no running container ends, hangs or loses its status for it.</summary>
public sealed class PartialAdoptionTests : EmbeddingFixture
{
    private const string TwentyLines = "trap go=1 USR1; until [ $go ]; do sleep 0.05; done; i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); done; exit 6";

    private static readonly string _twentyLines = string.Concat(Enumerable.Range(0, 20).Select(static i => $"line {i}\n"));

    private readonly HeldRuntimes _runtimes = new();

    [Test]
    public async Task Adopt_AContainerWhoseBundleIsGone_TakesItOver()
    {
        await LeaveAsync("one", "read -r a; echo got $a; exit 5");
        Directory.Delete((await LeaveAsync("two", "read -r a; echo got $a; exit 5")).BundlePath, recursive: true);

        ContainerShimEngine next = NewEngine(static options => options.LeaveContainersRunning = false);
        IReadOnlyList<ShimContainer> adopted = await next.AdoptAsync();

        Assert.That(adopted.Select(static container => container.Id), Is.EquivalentTo(new[] { "one", "two" }));
        foreach (ShimContainer container in adopted)
        {
            await container.StandardInput.WriteAsync("this\n"u8.ToArray());
            Assert.That((await container.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(5));

            // runc has its log there, and refuses to delete without.
            Directory.CreateDirectory(container.BundlePath);
            await container.DeleteAsync();
            Assert.That(await EmbeddedSite.ReadAllAsync(container.StandardOutput), Is.EqualTo("got this\n"));
        }

        await next.DisposeAsync();
        await Engine.DisposeAsync();
        Assert.That(Site.Leftovers, Is.Empty);
    }

    [Test]
    public async Task Adopt_AContainerThatCannotBeTakenOver_LeavesItForAnotherAttemptWithItsOutputAndStatus()
    {
        await LeaveAsync("one", "sleep 1000");
        int pid = (await LeaveAsync("two", TwentyLines)).Pid;
        _runtimes.OnState = static id => id == "two" ? throw new InvalidOperationException("as it happens") : Task.CompletedTask;

        ContainerShimEngine next = NewEngine();
        Assert.That((await next.AdoptAsync()).Select(static container => container.Id), Is.EqualTo(new[] { "one" }));
        await WriteAndEndAsync(pid);
        _runtimes.OnState = static _ => Task.CompletedTask;

        await EndsWithAllItWroteAsync((await next.AdoptAsync()).Single());
        await next.GetContainer("one").RemoveAsync();
    }

    [Test]
    public async Task Adopt_InAnotherNamespaceOfTheStateDirectory_LeavesTheContainersOfTheFirst()
    {
        int pid = (await LeaveAsync("one", TwentyLines)).Pid;

        ContainerShimEngine other = NewEngine(static options => options.Namespace += "-b");
        Assert.That(await other.AdoptAsync(), Is.Empty);
        await WriteAndEndAsync(pid);
        await other.DisposeAsync();

        await EndsWithAllItWroteAsync((await NewEngine().AdoptAsync()).Single());
    }

    [Test]
    public async Task Adopt_AnExecWhoseLogCannotBeOpened_TellsItsExitAndThatOfItsContainer()
    {
        string logs = Path.Combine(Site.Directory, "logs");
        Directory.CreateDirectory(logs);
        ContainerShimEngine engine = NewEngine();
        ShimContainer container = await engine.CreateContainerAsync("one", EmbeddedSite.Shell("sleep 1000"));
        await container.StartAsync();
        StdioPaths paths = new() { Stdout = $"file://{logs}/deep/x.log" };
        await container.ExecAsync(new ExecOptions
        {
            Args = ["sh", "-c", "while echo line; do sleep 0.01; done"], Stdio = ContainerStdio.FromPaths(paths),
        });
        await engine.DisposeAsync();
        Directory.Delete(logs, recursive: true);
        await File.WriteAllTextAsync(logs, "");

        ShimContainer adopted = (await NewEngine().AdoptAsync()).Single();
        ShimProcess exec = adopted.AdoptedProcesses.Single();
        await Task.Delay(200);
        Assert.That(ProcFs.IsAlive(exec.Pid), "it has lost its output");
        await adopted.KillAsync().WaitAsync(EmbeddedSite.Bound);

        Assert.That((await exec.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(137));
        Assert.That((await adopted.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(137));
        await adopted.RemoveAsync().WaitAsync(EmbeddedSite.Bound);
        File.Delete(logs);
    }

    [Test]
    public async Task Adopt_CancelledWhileTheRuntimeIsAsked_OpensNoStreamTwice()
    {
        const int Lines = 50000;
        string output = Path.Combine(Site.Directory, "out");
        Native.MakeFifo(output);
        using FileStream reader = new(output, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        ContainerShimEngine engine = NewEngine();
        ShimContainer container = await engine.CreateContainerAsync(
            "one",
            EmbeddedSite.Shell($"i=0; while [ $i -lt {Lines} ]; do echo line $i; i=$((i+1)); done; exit 21"),
            ContainerStdio.FromPaths(new StdioPaths { Stdout = output }));
        await engine.DisposeAsync();

        using CancellationTokenSource cancel = new();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _runtimes.OnState = _ =>
        {
            asked.TrySetResult();
            return Task.Delay(Timeout.Infinite, cancel.Token);
        };
        ContainerShimEngine next = NewEngine();
        Task attempt = next.AdoptAsync(cancel.Token);
        await asked.Task.WaitAsync(EmbeddedSite.Bound);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => attempt.WaitAsync(EmbeddedSite.Bound));
        _runtimes.OnState = static _ => Task.CompletedTask;

        ShimContainer adopted = (await next.AdoptAsync()).Single();
        Assert.That(RelaysTo(output), Is.EqualTo(1), "the descriptors that write to the FIFO");
        await adopted.StartAsync();
        Assert.That(await Task.Run(() => CountLines(reader, Lines)).WaitAsync(TimeSpan.FromSeconds(60)), Is.EqualTo(Lines), "every line once, in order");
        Assert.That((await adopted.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(21));
        await adopted.RemoveAsync();
        File.Delete(output);
    }

    private static Task WriteAndEndAsync(int pid) => Eventually.BecomesAsync(
        async () =>
        {
            await Command.RunAsync("kill", ["-s", "USR1", $"{pid}"]);
            return ProcFs.IsAlive(pid);
        },
        static alive => !alive,
        "it heeds the signal and ends");

    private static async Task EndsWithAllItWroteAsync(ShimContainer container)
    {
        Assert.That((await container.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(6));
        await container.DeleteAsync();
        Assert.That(await EmbeddedSite.ReadAllAsync(container.StandardOutput), Is.EqualTo(_twentyLines));
    }

    private static int CountLines(Stream stream, int most)
    {
        using StreamReader reader = new(stream);
        int count = 0;
        while (count < most && reader.ReadLine() == $"line {count}")
        {
            count++;
        }

        return count;
    }

    /// <summary>How many descriptors of this process are open for writing only on a FIFO.</summary>
    private static int RelaysTo(string fifo) => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(path =>
        new FileInfo(path).LinkTarget == fifo
        && File.ReadAllText($"/proc/self/fdinfo/{Path.GetFileName(path)}").Split('\n')[1].TrimEnd()[^1] == '1');

    /// <summary>Runs a container and ends its engine, as the next one finds it.</summary>
    private async Task<ShimContainer> LeaveAsync(string id, string script)
    {
        ContainerShimEngine engine = NewEngine();
        await engine.AdoptAsync();
        ShimContainer container = await engine.CreateContainerAsync(id, EmbeddedSite.Shell(script), ContainerStdio.Streams);
        await container.StartAsync();
        await engine.DisposeAsync();
        return container;
    }

    private ContainerShimEngine NewEngine(Action<ContainerShimOptions>? configure = null) => Site.NewEngine(options =>
    {
        options.StateDirectory = Site.StateDirectory + "-shared";
        options.LeaveContainersRunning = true;
        options.Stdio.Schemes.Add("file");
        options.RuntimeFactory = host => new HeldRuntime(host.Runtime, _runtimes);
        configure?.Invoke(options);
    });

    private sealed class HeldRuntimes
    {
        public Func<string, Task> OnState { get; set; } = static _ => Task.CompletedTask;
    }

    /// <summary>The real runtime, which tells a state when the test lets it.</summary>
    private sealed class HeldRuntime(IOciRuntime inner, HeldRuntimes control) : DelegatingRuntime(inner)
    {
        public override async Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken = default)
        {
            await control.OnState(container.Id);
            return await base.StateAsync(container, cancellationToken);
        }
    }
}
