using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Stdio;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>What an engine leaves behind, and what it refuses.</summary>
public sealed class DisposalTests : EmbeddingFixture
{
    [Test]
    public async Task Dispose_WithContainersInEveryState_LeavesNothing()
    {
        ShimContainer running = await RunAsync(EmbeddedSite.Stubborn(), ContainerStdio.Streams, "running");
        await RunAsync(EmbeddedSite.Shell("exit 0"), ContainerStdio.OutputStreams, "ended");
        await Engine.CreateContainerAsync("created", EmbeddedSite.Shell("exit 0"));
        ShimContainer paused = await RunAsync(EmbeddedSite.Shell("sleep 1000"), id: "paused");
        await paused.PauseAsync();
        await paused.ResumeAsync();
        await paused.PauseAsync();
        await running.ExecAsync(new ExecOptions { Args = ["sleep", "1000"], Stdio = ContainerStdio.Streams });
        Assert.That(Engine.Containers, Has.Count.EqualTo(4));

        await Engine.DisposeAsync().AsTask().WaitAsync(EmbeddedSite.Bound);

        Assert.That(Site.Leftovers, Is.Empty);
        Assert.That((await running.WaitAsync()).ExitCode, Is.EqualTo(137));
        await Engine.DisposeAsync();
        await running.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running.KillAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Engine.CreateContainerAsync("late", EmbeddedSite.Shell("exit 0")));
    }

    [Test]
    public async Task Dispose_WhileTheDiskOfALogHasStalled_WaitsUntilItIsWritten()
    {
        using FrozenDisk disk = new();
        string path = Path.Combine(disk.Path, "log");
        ContainerShimEngine engine = Site.NewEngine(options => options.Stdio.Schemes.Add("file"));
        ShimContainer container = await engine.CreateContainerAsync(
            "c1", EmbeddedSite.Shell("sleep 0.5; echo last words"), ContainerStdio.FromPaths(new StdioPaths { Stdout = "file://" + path }));
        await container.StartAsync();
        disk.Freeze();
        await container.WaitAsync();
        await container.DeleteAsync();

        Task ended = engine.DisposeAsync().AsTask();
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.That(ended.IsCompleted, Is.False);
        disk.Thaw();
        await ended.WaitAsync(EmbeddedSite.Bound);

        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo("last words\n"));
    }

    [Test]
    public async Task Dispose_OfAnEngineThatLeavesContainers_LeavesThemToTheNext()
    {
        ContainerShimEngine engine = Site.NewEngine(options => options.LeaveContainersRunning = true);
        ShimContainer container = await engine.CreateContainerAsync(
            "left", EmbeddedSite.Shell("read -r a; echo got $a; exit 5").WithAnnotation("org.example.job", "7"), ContainerStdio.Streams);
        await container.StartAsync();
        ShimProcess process = await container.ExecAsync(new ExecOptions { Args = ["sh", "-c", "read -r a; exit 6"], Stdio = ContainerStdio.Streams });
        Task<Processes.ProcessExit> wait = container.WaitAsync();
        await engine.DisposeAsync().AsTask().WaitAsync(EmbeddedSite.Bound);

        Assert.That(ProcFs.IsAlive(container.Pid));
        Assert.That(File.Exists(Path.Combine(container.BundlePath, "config.json")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.WaitAsync(EmbeddedSite.Bound));
        await container.DisposeAsync();
        await process.DisposeAsync();
        Assert.That(ProcFs.IsAlive(container.Pid));

        ContainerShimEngine next = Site.NewEngine(options => options.StateDirectory = Site.StateDirectory + "1");
        ShimContainer adopted = (await next.AdoptAsync()).Single();
        Assert.That((container.Annotations["org.example.job"], adopted.Annotations["org.example.job"]), Is.EqualTo(("7", "7")));
        ShimProcess further = adopted.AdoptedProcesses.Single();
        Assert.That((adopted.Id, adopted.Pid, adopted.Status, further.Pid), Is.EqualTo(("left", container.Pid, ContainerStatus.Running, process.Pid)));
        await further.StandardInput.WriteAsync("x\n"u8.ToArray());
        Assert.That((await further.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(6));
        await adopted.StandardInput.WriteAsync("this\n"u8.ToArray());
        Assert.That((await adopted.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(5));
        await adopted.DeleteAsync();
        Assert.That(await EmbeddedSite.ReadAllAsync(adopted.StandardOutput), Is.EqualTo("got this\n"));
        await next.DisposeAsync();
        await Engine.DisposeAsync();
        Assert.That(Site.Leftovers, Is.Empty);
    }

    /// <summary>Wherever the end comes in an exec, its caller is told, and the next engine sees nothing that did not happen.</summary>
    [Test]
    public async Task Dispose_WhileAProcessIsRun_LetsTheCallerGoAndRecordsNoWrongStatus()
    {
        string state = Site.StateDirectory + "1";
        ContainerShimEngine engine = Site.NewEngine(Leaving);
        ShimContainer container = await engine.CreateContainerAsync("left", EmbeddedSite.Shell("sleep 1000"));
        await container.StartAsync();
        for (int round = 0; round < 30; round++)
        {
            Task<ExecResult> run = container.RunAsync(["/bin/true"]);
            Task<IReadOnlyList<ContainerProcess>> pids = engine.GetContainer("left").PidsAsync();
            Task<WaitResult> wait = engine.Tasks.WaitAsync(new WaitRequest("left"));
            await Task.Delay(TimeSpan.FromMilliseconds(4 * round));
            await engine.DisposeAsync().AsTask().WaitAsync(EmbeddedSite.Bound);

            Assert.That(await OutcomeAsync(run), Is.AnyOf(0, null), $"round {round}");
            await OutcomeAsync(pids);
            Assert.That(async () => await wait.WaitAsync(TimeSpan.FromSeconds(5)), Throws.TypeOf<ObjectDisposedException>());

            engine = Site.NewEngine(Leaving);
            container = (await engine.AdoptAsync()).Single();
            Assert.That(container.Status, Is.EqualTo(ContainerStatus.Running));
            foreach (ShimProcess left in container.AdoptedProcesses)
            {
                Assert.That((await left.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.Zero, $"round {round}");
                await left.DisposeAsync();
            }
        }

        await container.RemoveAsync();
        await engine.DisposeAsync();

        void Leaving(ContainerShimOptions options)
        {
            options.StateDirectory = state;
            options.LeaveContainersRunning = true;
        }

        static async Task<int?> OutcomeAsync<T>(Task<T> call)
        {
            try
            {
                return (await call.WaitAsync(TimeSpan.FromSeconds(5)) as ExecResult)?.ExitCode ?? 0;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
        }
    }

    [Test]
    public async Task Dispose_WhileContainersAreMade_LeavesNone()
    {
        for (int round = 0; round < 8; round++)
        {
            ContainerShimEngine engine = Site.NewEngine();
            string bundle = Path.Combine(Site.Directory, "bundle");
            EmbeddedSite.Shell("sleep 1000").WriteTo(bundle);
            Task create = engine.Tasks.CreateAsync(new CreateTaskRequest { Id = $"late{round}", Bundle = bundle });
            Task other = engine.CreateContainerAsync($"other{round}", EmbeddedSite.Shell("sleep 1000"));
            await Task.Delay(TimeSpan.FromMilliseconds(10 * round));
            await engine.DisposeAsync().AsTask().WaitAsync(EmbeddedSite.Bound);

            foreach (Task made in new[] { create, other })
            {
                await made.WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Assert.That(made.Exception?.InnerException, Is.Null.Or.TypeOf<ObjectDisposedException>());
            }

            Directory.Delete(bundle, recursive: true);
        }

        await Engine.DisposeAsync();
        Assert.That(Site.Leftovers, Is.Empty);

        // A bundle that names no cgroup gets one beside that of the runtime's caller.
        string[] hierarchies = ["/sys/fs/cgroup", .. Directory.GetDirectories("/sys/fs/cgroup")];
        Assert.That(hierarchies.SelectMany(static hierarchy => Directory.EnumerateDirectories(hierarchy, "late?")), Is.Empty);
    }

    [Test]
    public async Task Dispose_OfAHandleWhoseEngineLeavesContainers_LeavesItsInputToo()
    {
        ContainerShimEngine engine = Site.NewEngine(options => options.LeaveContainersRunning = true);
        ShimContainer container = await engine.CreateContainerAsync("left", EmbeddedSite.Shell("read -r a; echo got $a; exit 5"), ContainerStdio.Streams);
        using CancellationTokenSource stopping = new();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), async () =>
        {
            await using (container)
            {
                await container.StartAsync();
                await stopping.CancelAsync();
                await container.WaitAsync(stopping.Token);
            }
        });
        Assert.That((container.Status, ProcFs.IsAlive(container.Pid)), Is.EqualTo((ContainerStatus.Running, true)));
        Assert.That(engine.GetContainer("left"), Is.SameAs(container));
        await engine.DisposeAsync().AsTask().WaitAsync(EmbeddedSite.Bound);

        ContainerShimEngine next = Site.NewEngine(options => options.StateDirectory = Site.StateDirectory + "1");
        ShimContainer adopted = (await next.AdoptAsync()).Single();
        await adopted.StandardInput.WriteAsync("this\n"u8.ToArray());
        Assert.That((await adopted.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(5));
        await adopted.RemoveAsync();
        Assert.That(await EmbeddedSite.ReadAllAsync(adopted.StandardOutput), Is.EqualTo("got this\n"));
        await next.DisposeAsync();
        await Engine.DisposeAsync();
        Assert.That(Site.Leftovers, Is.Empty);
    }

    [Test]
    public async Task Engines_TwoInOneProcess_DoNotDisturbEachOther()
    {
        await using EmbeddedSite otherSite = new();
        ContainerShimEngine other = otherSite.NewEngine();
        ShimContainer here = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        ShimContainer there = await other.CreateContainerAsync("c1", EmbeddedSite.Shell("exit 9"));
        await there.StartAsync();
        Assert.That((await there.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(9));

        await other.DisposeAsync().AsTask().WaitAsync(EmbeddedSite.Bound);
        Assert.That(otherSite.Leftovers, Is.Empty);
        Assert.That(here.Status, Is.EqualTo(ContainerStatus.Running));
        Assert.That((await here.StopAsync(TimeSpan.Zero).WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(137));
    }

    [Test]
    public async Task Create_Cancelled_LeavesNothing()
    {
        using CancellationTokenSource cancel = new();
        Task<ShimContainer> create = Engine.CreateContainerAsync("c1", EmbeddedSite.Shell("exit 0"), ContainerStdio.Streams, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => create.WaitAsync(EmbeddedSite.Bound));

        Assert.That(Engine.FindContainer("c1"), Is.Null);
        await Engine.DisposeAsync();
        Assert.That(Site.Leftovers, Is.Empty);
    }

    [Test]
    public async Task Create_OfWhatCannotBe_IsRefusedAndLeavesNothing()
    {
        await RefusesAsync(ShimErrorCode.InvalidArgument, () => Engine.CreateContainerAsync("../c1", EmbeddedSite.Shell("exit 0")));
        await RefusesAsync(ShimErrorCode.InvalidArgument, () => Engine.CreateContainerAsync("c1", new BundleBuilder()));
        await RefusesAsync(
            ShimErrorCode.InvalidArgument, () => Engine.CreateContainerAsync("c1", EmbeddedSite.Shell("exit 0"), new ContainerStdio { Columns = 80 }));
        await RefusesAsync(ShimErrorCode.NotFound, () => Engine.CreateContainerAsync("c1", "/no/such/bundle"));
        await RefusesAsync(
            ShimErrorCode.Unknown,
            () => Engine.CreateContainerAsync("c1", new BundleBuilder().WithRootfs(TestPaths.Rootfs, readOnly: true).WithArgs("no-such-program")),
            ShimErrorReason.ProgramNotFound);
        await RefusesAsync(
            ShimErrorCode.Unknown,
            () => Engine.CreateContainerAsync("c1", new BundleBuilder().WithRootfs(TestPaths.Rootfs, readOnly: true).WithArgs("/tmp")),
            ShimErrorReason.ProgramNotExecutable);
        await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        await RefusesAsync(ShimErrorCode.AlreadyExists, () => Engine.CreateContainerAsync("c1", EmbeddedSite.Shell("exit 0")), ShimErrorReason.IdInUse);
        await RefusesAsync(ShimErrorCode.Unknown, () => Engine.GetContainer("c1").StartAsync(), ShimErrorReason.IllegalState);
        ShimException? second = Assert.Throws<ShimException>(() => Site.NewEngine(options => options.StateDirectory = Site.StateDirectory + "0"));
        Assert.That(second!.Reason, Is.EqualTo(ShimErrorReason.StateDirectoryInUse));
        Assert.That(Directory.GetDirectories(Path.Combine(Site.StateDirectory + "0", "bundles", Site.Namespace)), Has.Length.EqualTo(1));

        static async Task RefusesAsync(ShimErrorCode code, Func<Task> create, ShimErrorReason reason = ShimErrorReason.None)
        {
            ShimException? refusal = await Assert.ThrowsAsync<ShimException>(() => create());
            Assert.That((refusal!.Code, refusal.Reason), Is.EqualTo((code, reason)), refusal.Message);
        }
    }
}
