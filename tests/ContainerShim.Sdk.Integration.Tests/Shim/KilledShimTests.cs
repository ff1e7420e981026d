using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>The shim dies by SIGKILL, and containerd runs <c>delete</c> for each of its containers.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class KilledShimTests(string runtime) : ShimFixture(runtime)
{
    private const uint Killed = 128 + Native.SigKill;

    private static readonly TimeSpan Limit = Pace.Of(TimeSpan.FromSeconds(2));

    /// <summary>
    /// The init of a pid namespace has not ended before all processes in it are reaped, and an exec whose shim is dead is a child of the
    /// machine's init, which on some build machines looks for dead children only every two seconds.
    /// </summary>
    private static readonly TimeSpan LimitWithOrphans = Pace.Of(TimeSpan.FromSeconds(4));

    private TestBundle _bundle = null!;

    private RawShim _shim = null!;

    [SetUp]
    public async Task StartShim()
    {
        ShimEndsFirst = true;
        _bundle = Site.NewBundle(new BundleOptions { Group = "g" });
        _shim = await Site.StartShimAsync(_bundle);
    }

    [TestCase("created")]
    [TestCase("running")]
    [TestCase("running an exec")]
    [TestCase("paused")]
    public async Task Delete_OfAContainerWhoseShimWasKilled_LeavesNothing(string phase)
    {
        RawTask task = await _shim.CreateAsync(_bundle);
        if (phase != "created")
        {
            await task.StartAsync();
        }

        if (phase == "running an exec")
        {
            await task.ExecAsync("exec", ["sleep", "1000"]);
        }
        else if (phase == "paused")
        {
            await task.PauseAsync();
        }

        await _shim.Kill9Async();

        await DeleteAsync(_bundle, task.Pid, Killed, phase == "running an exec" ? LimitWithOrphans : Limit);
        await Site.AssertNothingIsLeftAsync();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Delete_OfAContainerThatTheRuntimeHasLost_EndsItsProcesses(bool hasPidNamespace)
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Group = "g", HasPidNamespace = hasPidNamespace, Args = ["sh", "-c", "sleep 1000 & wait"] });
        RawTask task = await _shim.RunAsync(bundle);
        int exec = await task.ExecAsync("exec", ["sleep", "1000"]);
        CgroupFiles cgroup = new(Site, task.Id);
        int[] pids = await Eventually.ShowsAsync(cgroup.Processes, pids => pids.Length == 3, "all processes run");
        Directory.Delete($"/run/containerd/runc/{Site.Namespace}/{task.Id}", recursive: true);
        await _shim.Kill9Async();

        await DeleteAsync(bundle, task.Pid, Killed, LimitWithOrphans);

        Assert.That(pids, Does.Contain(task.Pid).And.Contain(exec));
        await Eventually.ShowsAsync(() => pids.Count(ProcFs.IsAlive), alive => alive == 0, "nothing lives");
        Assert.That(Directory.Exists(cgroup.Directory("pids")), Is.False, "its cgroup goes too");
    }

    [Test]
    public async Task Delete_OfAContainerWhoseInitHasLeftItsCgroup_EndsItsProcessesAndNoOthers()
    {
        await using OtherCgroup other = new();
        TestBundle bundle = Site.NewBundle(new BundleOptions { Group = "g", HasPidNamespace = false, Args = ["sh", "-c", "sleep 1000 & wait"] });
        RawTask task = await _shim.RunAsync(bundle);
        CgroupFiles cgroup = new(Site, task.Id);
        int[] pids = await Eventually.ShowsAsync(cgroup.Processes, pids => pids.Length == 2, "both processes run");
        other.Move(task.Pid);
        // The shim alone is tested: the runtime does not find the container.
        Directory.Delete($"/run/containerd/runc/{Site.Namespace}/{task.Id}", recursive: true);
        await _shim.Kill9Async();

        await DeleteAsync(bundle, task.Pid, Killed, LimitWithOrphans);

        await Eventually.ShowsAsync(() => pids.Count(ProcFs.IsAlive), alive => alive == 0, "its processes end");
        Assert.That(other.BystanderLives);
    }

    [Test]
    public async Task Delete_OfEachContainerOfAGroup_LeavesTheOthersUntilTheirTurn()
    {
        TestBundle second = Site.NewBundle(new BundleOptions { Group = "g", HasPidNamespace = false, Args = ["sh", "-c", "sleep 1000 & wait"] });
        RawTask one = await _shim.RunAsync(_bundle);
        RawTask two = await _shim.RunAsync(second);
        await _shim.Kill9Async();

        await DeleteAsync(_bundle, one.Pid, Killed);
        Assert.That(ProcFs.IsAlive(two.Pid));
        await DeleteAsync(second, two.Pid, Killed);
        await Site.AssertNothingIsLeftAsync();
    }

    [TestCase("create")]
    [TestCase("start")]
    [TestCase("exec")]
    public async Task RuntimeCall_UnderWayWhenTheShimIsKilled_DoesNotGoOn(string command)
    {
        HungRuntime runtime = new(Site, command, _bundle.Id);
        int pid = 0;
        Task call = command == "create" ? _shim.CreateAsync(_bundle, runtime: runtime.Path) : CallAsync();
        await runtime.HangsAsync();

        await _shim.Kill9Async();
        await Assert.CatchAsync<RpcException>(() => call);
        await DeleteAsync(_bundle, pid, Killed);

        Assert.That(runtime.LetGo(), Is.False, "the call still waits");
        Assert.That(runtime.WentOn, Is.False);
        await Site.AssertNothingIsLeftAsync();

        async Task CallAsync()
        {
            RawTask task = await _shim.CreateAsync(_bundle, runtime: runtime.Path);
            pid = task.Pid;
            await task.StartAsync();
            await task.ExecAsync("exec", ["sleep", "1000"]);
        }
    }

    [Test]
    public async Task Delete_OfAContainerThatHadEnded_TellsItsTrueStatus()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Group = "g", Args = ["sh", "-c", "exit 7"] });
        RawTask task = await _shim.RunAsync(bundle);
        RecordedEvent exit = await Events.ExitAsync(task.Id);
        await Eventually.ShowsAsync(() => File.Exists(bundle.PathOf("exit.json")), exists => exists, "the exit is recorded");
        await _shim.Kill9Async();

        DeleteResponse response = await DeleteAsync(bundle, task.Pid, 7);

        Assert.That(response.ExitedAt, Is.EqualTo(((Protocol.Events.TaskExit)exit.Message).ExitedAt));
    }

    [Test]
    public async Task Delete_RunTwice_SaysTheSameTwice()
    {
        RawTask task = await _shim.RunAsync(_bundle);
        await _shim.Kill9Async();

        await DeleteAsync(_bundle, task.Pid, Killed);
        await DeleteAsync(_bundle, task.Pid, Killed);
    }

    private async Task<DeleteResponse> DeleteAsync(TestBundle bundle, int pid, uint status, TimeSpan? limit = null)
    {
        (DeleteResponse response, TimeSpan elapsed) = await Site.DeleteAsync(bundle);
        Assert.Multiple(() =>
        {
            Assert.That(response.Pid, Is.EqualTo((uint)pid));
            Assert.That(response.ExitStatus, Is.EqualTo(status));
            Assert.That(elapsed, Is.LessThan(limit ?? Limit));
        });
        return response;
    }
}
