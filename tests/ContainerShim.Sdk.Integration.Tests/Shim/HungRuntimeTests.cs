using System.Diagnostics;
using System.Text.RegularExpressions;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>
/// A runtime that hangs over one container delays nothing else. containerd's own shim delays every exit and every State until the
/// runtime returns, 42 s in a measurement.
/// </summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
public sealed class HungRuntimeTests(string runtime) : ShimFixture(runtime)
{
    private static readonly TimeSpan Little = TimeSpan.FromMilliseconds(100);

    private RawShim _shim = null!;

    [TestCase("kill", 200)]
    [TestCase("exec", 200)]
    [TestCase("pause", 200)]
    // An exit is told after the start, so a start call that may still succeed is given a second.
    [TestCase("start", 1300)]
    public async Task HungCommand_OfOneContainer_DelaysNeitherItsOwnExitNorOthers(string command, int latest)
    {
        TestBundle first = Site.NewBundle(new BundleOptions { Group = "g" });
        HungRuntime runtime = new(Site, command, first.Id);
        _shim = await Site.StartShimAsync(first);
        RawTask hung = await _shim.CreateAsync(first, runtime: runtime.Path);
        if (command != "start")
        {
            await hung.StartAsync();
        }

        RawTask usual = await RunOtherAsync();
        RawTask other = await RunOtherAsync();
        TimeSpan normal = await TimeOfEndAsync(usual);
        Task call = CallAsync(hung, command);
        await runtime.HangsAsync();

        Assert.That(await TimeOfEndAsync(other), Is.LessThan(normal + Little));
        Assert.That(await TimeOfAsync(() => other.StateAsync()), Is.LessThan(Little));
        Assert.That(await TimeOfAsync(() => hung.StateAsync()), Is.LessThan(Little));
        Assert.That(await TimeOfEndAsync(hung), Is.LessThan(TimeSpan.FromMilliseconds(latest)));
        Assert.That(runtime.WentOn, Is.False);
        runtime.LetGo();
        await call;
        foreach (RawTask task in new[] { usual, other, hung })
        {
            await task.DeleteAsync();
        }

        await _shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Start_ThatReturnsLongAfterTheExit_IsToldBeforeItAndAnswersThePid()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["sh", "-c", "exit 7"] });
        string runtime = Path.Combine(Site.Directory, "runtime");
        await File.WriteAllTextAsync(runtime, $"""
            #!/bin/sh
            {Site.Runtime.Binary} "$@" || exit
            case " $* " in *" start "*) sleep 2.5;; esac

            """);
        File.SetUnixFileMode(runtime, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _shim = await Site.StartShimAsync(bundle);
        RawTask task = await _shim.CreateAsync(bundle, runtime: runtime);
        int pid = task.Pid;

        await task.StartAsync();

        Assert.That(task.Pid, Is.EqualTo(pid));
        Assert.That(await task.WaitAsync(), Is.EqualTo(7));
        await Events.ExitAsync(task.Id);
        Assert.That(Events.All().Select(e => e.Message.GetType().Name), Is.EqualTo((string[])["TaskCreate", "TaskStart", "TaskExit"]));
        await task.DeleteAsync();
        await _shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Kill_WithADeadlineThatPasses_IsAnsweredSoonAndItsRuntimeIsGone()
    {
        TestBundle bundle = Site.NewBundle();
        HungRuntime runtime = new(Site, "kill", bundle.Id);
        _shim = await Site.StartShimAsync(bundle);
        RawTask task = await _shim.RunAsync(bundle, runtime: runtime.Path);
        long started = Stopwatch.GetTimestamp();

        // The client here would answer itself at the deadline.
        int code = await RawCall.StatusCodeAsync(
            _shim.SocketPath, "Kill", new KillRequest { Id = task.Id, Signal = Native.SigKill }, timeout: TimeSpan.FromMilliseconds(300));

        Assert.That(code, Is.EqualTo((int)StatusCode.DeadlineExceeded));
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromMilliseconds(300) + Little));
        await runtime.GoneAsync(TimeSpan.FromMilliseconds(100));
        Assert.That(runtime.WentOn, Is.False);
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [TestCase("exec sleep 1000", 5)]
    [TestCase("exit 1", 0)]
    public async Task SigKill_WhileTheRuntimeHangsOrFails_EndsContainersInAnyState(string onKill, int seconds)
    {
        string runtime = Script.Make(Site, "unkilling", $$"""
            case " $* " in *" kill "*) {{onKill}} ;; esac
            exec {{Site.Runtime.Binary}} "$@"
            """);
        BundleOptions options = new() { Group = "g" };
        TestBundle first = Site.NewBundle(options);
        _shim = await Site.StartShimAsync(first);
        RawTask running = await _shim.RunAsync(first, runtime: runtime);
        RawTask created = await _shim.CreateAsync(Site.NewBundle(options), runtime: runtime);
        RawTask paused = await _shim.RunAsync(Site.NewBundle(options), runtime: runtime);
        await paused.PauseAsync();
        RawTask sharing = await _shim.RunAsync(
            Site.NewBundle(options with { HasPidNamespace = false, Args = ["sh", "-c", "sleep 1000 & wait"] }), runtime: runtime);
        CgroupFiles cgroup = new(Site, sharing.Id);
        int[] pids = await Eventually.ShowsAsync(cgroup.Processes, pids => pids.Length == 2, "both processes run");
        RawTask[] all = [running, created, paused, sharing];
        created.Expect(137);
        long asked = Stopwatch.GetTimestamp();

        await Task.WhenAll(all.Select(task => task.KillAsync()));

        Assert.That(Stopwatch.GetElapsedTime(asked), Is.InRange(TimeSpan.FromSeconds(seconds), Pace.Of(TimeSpan.FromSeconds(seconds + 2))));
        foreach (RawTask task in all)
        {
            await Events.ExitAsync(task.Id, timeout: Pace.Of(TimeSpan.FromSeconds(1)));
            Assert.That(await task.WaitAsync(), Is.EqualTo(137));
        }

        Assert.That(pids.Where(ProcFs.IsAlive), Is.Empty);
        Assert.That(Regex.Count(Site.Logs(), "is killed without the runtime"), Is.EqualTo(all.Length));
        foreach (RawTask task in all)
        {
            await task.DeleteAsync();
        }

        await _shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task SigKill_WhenTheRuntimeHasLostTheContainer_EndsItAndItCanBeDeleted()
    {
        TestBundle bundle = Site.NewBundle();
        _shim = await Site.StartShimAsync(bundle);
        RawTask task = await _shim.RunAsync(bundle);
        Directory.Delete($"/run/containerd/runc/{Site.Namespace}/{task.Id}", recursive: true);

        await task.KillAsync();

        Assert.That(await task.WaitAsync(), Is.EqualTo(137));
        await task.DeleteAsync();
        await _shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    private async Task<RawTask> RunOtherAsync() => await _shim.RunAsync(Site.NewBundle(new BundleOptions { Group = "g" }));

    /// <summary>From the death of the init process to the later one of the event and the answer of Wait.</summary>
    private async Task<TimeSpan> TimeOfEndAsync(RawTask task)
    {
        Task<uint> waiting = task.WaitAsync();
        long killed = Stopwatch.GetTimestamp();
        Native.Signal(task.Pid, Native.SigKill);
        await Events.ExitAsync(task.Id);
        await waiting;
        return Stopwatch.GetElapsedTime(killed);
    }

    private static async Task<TimeSpan> TimeOfAsync(Func<Task> call)
    {
        long started = Stopwatch.GetTimestamp();
        await call();
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Makes the call that hangs. How it ends once the container is gone is not what is tested.</summary>
    private static async Task CallAsync(RawTask task, string command)
    {
        try
        {
            await (command switch
            {
                "kill" => task.KillAsync(),
                "exec" => task.ExecAsync("late", ["true"]),
                "pause" => task.PauseAsync(),
                _ => task.StartAsync(),
            });
        }
        catch (RpcException)
        {
        }
    }
}
