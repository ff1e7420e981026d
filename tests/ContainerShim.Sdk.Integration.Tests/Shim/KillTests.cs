using System.Diagnostics;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Ends: of what is frozen, of what was never started, and of what outlives its init.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class KillTests(string runtime) : ShimFixture(runtime)
{
    private const string Grandchildren = "for i in 1 2 3; do (setsid sleep 1000 &) ; done; sleep 1000";

    /// <summary>Somebody has tidied up below containerd's state directory.</summary>
    [Test]
    public async Task Container_WhoseBundleIsGone_ObeysAndIsDeleted()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done"] });
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        task.Expect(7);
        (await Command.RunAsync("nsenter", ["--target", $"{shim.Pid}", "--mount", "umount", "--lazy", bundle.PathOf("rootfs")])).EnsureSuccess();
        Directory.Delete(bundle.Path, recursive: true);

        await task.PauseAsync();
        await shim.Client.ResumeAsync(new ResumeRequest { Id = task.Id }, RawShim.Within());
        await task.KillAsync(Native.SigTerm);

        Assert.That(await task.WaitAsync(), Is.EqualTo(7));
        await task.DeleteAsync();
        await Site.AssertNothingIsLeftAsync(shim);
    }

    /// <summary>runc 1.1 tries for 180 ms, and then tells its log alone that the cgroup has stayed.</summary>
    [Test]
    public async Task Delete_WhileAProcessInTheCgroupStillEnds_LeavesNoCgroup()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        using Process late = Process.Start("sleep", "1000");
        await File.WriteAllTextAsync(new CgroupFiles(Site, task.Id).Directory("pids") + "/cgroup.procs", $"{late.Id}");
        await task.KillAsync();
        await task.WaitAsync();

        Task deletion = task.DeleteAsync();
        await Task.Delay(500);
        late.Kill();
        await deletion;

        await late.WaitForExitAsync();
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task ExitOfInit_InASharedPidNamespace_EndsAllOthers([Values("host", "container")] string owner)
    {
        TestBundle first = Site.NewBundle(new BundleOptions { Group = "g" });
        RawShim shim = await Site.StartShimAsync(first);
        RawTask other = await shim.RunAsync(first);
        BundleOptions options = new() { Group = "g", Args = ["sh", "-c", Grandchildren] };
        TestBundle bundle = Site.NewBundle(owner == "host"
            ? options with { HasPidNamespace = false }
            : options with { PidNamespacePath = $"/proc/{other.Pid}/ns/pid" });
        RawTask task = await shim.RunAsync(bundle);
        await task.ExecAsync("exec", ["sleep", "1000"]);
        task.Expect(137, "exec");
        CgroupFiles cgroup = new(Site, task.Id);
        int[] pids = await SleepersAsync(cgroup, 5);

        await task.KillAsync();
        await Events.ExitAsync(task.Id);

        Assert.That(pids.Where(ProcFs.IsAlive), Is.Empty, "none outlives the event");
        Assert.That(Events.All().Where(e => e.Message is TaskExit).Select(e => e.ProcessId), Is.EqualTo((string[])["exec", task.Id]));
        await task.DeleteAsync();
        Assert.That((await other.StateAsync()).Status, Is.EqualTo(Status.Running), "whose namespace it was");
        await other.KillAndDeleteAsync();
        Assert.That(shim.Census().Zombies, Is.Zero);
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task KillAll_OfASharedPidNamespace_EndsEveryProcess()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { HasPidNamespace = false, Args = ["sh", "-c", Grandchildren] });
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        CgroupFiles cgroup = new(Site, task.Id);
        int[] pids = await SleepersAsync(cgroup, 4);

        await task.KillAsync(all: true);

        await Events.ExitAsync(task.Id);
        Assert.That(pids.Where(ProcFs.IsAlive), Is.Empty);
        await task.DeleteAsync();
        await Eventually.ShowsAsync(() => shim.Census().Zombies, zombies => zombies == 0, "the orphans are collected", TimeSpan.FromSeconds(1));
    }

    [Test]
    public async Task SigKill_OfAPausedContainer_EndsItSoon()
    {
        (_, RawTask task) = await RunAsync(new BundleOptions());
        await task.ExecAsync("exec", ["sleep", "1000"]);
        await task.PauseAsync();

        await task.KillAsync();

        await Events.ExitAsync(task.Id, timeout: TimeSpan.FromSeconds(2));
        await task.DeleteAsync();
    }

    [Test]
    public async Task SigKill_OfAContainerFrozenByOthers_EndsItSoon()
    {
        (_, RawTask task) = await RunAsync(new BundleOptions());
        new CgroupFiles(Site, task.Id).Freeze();

        await task.KillAsync();

        await Events.ExitAsync(task.Id, timeout: TimeSpan.FromSeconds(2));
        await task.DeleteAsync();
    }

    [Test]
    public async Task Runtime_KilledInTheMiddleOfAPause_LeavesNothingFrozen()
    {
        // As by the OOM killer: after the freezing, before the answer.
        string runtime = Script.Make(Site, "pausing", $$"""
            case " $* " in *" pause "*) {{Site.Runtime.Binary}} "$@"; kill -9 $$ ;; esac
            exec {{Site.Runtime.Binary}} "$@"
            """);
        (_, RawTask task) = await RunAsync(new BundleOptions(), runtime);

        RpcException? failure = await Assert.CatchAsync<RpcException>(task.PauseAsync);

        Assert.That(failure?.Status.Detail, Does.StartWith("OCI runtime pause failed: "));
        Assert.That(new CgroupFiles(Site, task.Id).FreezerState, Is.EqualTo("THAWED"));
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Running));
        await task.KillAndDeleteAsync();
    }

    [TestCase("kill")]
    [TestCase("update")]
    [TestCase("exec")]
    public async Task Runtime_KilledWhileItHadFrozenTheContainer_LeavesNothingFrozen(string command)
    {
        string freezer = $"/sys/fs/cgroup/freezer/{Site.Namespace}";
        string runtime = Script.Make(Site, "freezing", $$"""
            case " $* " in *" {{command}} "*) for i in {{freezer}}/*/freezer.state; do echo FROZEN > $i; done; kill -9 $$ ;; esac
            exec {{Site.Runtime.Binary}} "$@"
            """);
        (_, RawTask task) = await RunAsync(new BundleOptions(), runtime);

        await Assert.CatchAsync<RpcException>(() => command switch
        {
            "kill" => task.KillAsync(Native.SigTerm),
            "update" => task.UpdateAsync("""{"pids":{"limit":50}}"""),
            _ => task.ExecAsync("exec", ["true"]),
        });

        await Eventually.ShowsAsync(() => new CgroupFiles(Site, task.Id).FreezerState, state => state == "THAWED", "it goes on");
        Native.Signal(task.Pid, Native.SigKill);
        await task.WaitAsync();
        await task.DeleteAsync();
    }

    [Test]
    public async Task Init_ThatDiesBeforeItsStart_IsToldWithoutAStart()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.CreateAsync(bundle);
        task.Expect(137);

        Native.Signal(task.Pid, Native.SigKill);

        await Events.ExitAsync(task.Id);
        Assert.That(await task.WaitAsync(), Is.EqualTo(137));
        RpcException? failure = await Assert.CatchAsync<RpcException>(task.StartAsync);
        Assert.That(failure?.Status.Detail, Is.EqualTo("cannot start a stopped process"));
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Stopped));
        await task.DeleteAsync();
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Kill_OfACreatedContainer_EndsIt()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.CreateAsync(bundle);

        await task.KillAsync();

        Assert.That(await task.WaitAsync(), Is.EqualTo(137));
        RpcException? again = await Assert.CatchAsync<RpcException>(() => task.KillAsync());
        Assert.That(again?.StatusCode, Is.EqualTo(StatusCode.NotFound));
        await task.DeleteAsync();
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Execs_RacingTheExitOfInit_EitherStartAndEndBeforeItOrAreRefused()
    {
        TestBundle anchor = Site.NewBundle(new BundleOptions { Group = "g" });
        RawShim shim = await Site.StartShimAsync(anchor);
        RawTask first = await shim.RunAsync(anchor);
        for (int round = 0; round < 8; round++)
        {
            RawTask task = await shim.RunAsync(Site.NewBundle(new BundleOptions { Group = "g", HasPidNamespace = round % 2 == 0 }));
            Task<bool>[] execs = [.. Enumerable.Range(0, 8).Select(i => TryExecAsync(task, $"exec-{i}"))];

            // Some have begun and none need have ended.
            await Events.WaitForAsync(e => e.Message is TaskExecAdded && e.ContainerId == task.Id, "an exec");
            if (round % 4 < 2)
            {
                await Events.WaitForAsync(e => e.Message is TaskExecStarted && e.ContainerId == task.Id, "a started exec");
            }

            Native.Signal(task.Pid, Native.SigKill);
            await Events.ExitAsync(task.Id);
            int started = (await Task.WhenAll(execs)).Count(isStarted => isStarted);
            Assert.That(Events.All().Count(e => e.Message is TaskExit && e.ContainerId == task.Id), Is.EqualTo(started + 1), $"round {round}");
            await task.DeleteAsync();
        }

        await first.KillAndDeleteAsync();
        Assert.That(shim.Census().Zombies, Is.Zero);
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    /// <summary>Waits until a container has so many processes, all of which sleep.</summary>
    private static Task<int[]> SleepersAsync(CgroupFiles cgroup, int count) => Eventually.ShowsAsync(
        () => cgroup.Processes().Where(pid => ProcFs.NameOf(pid) == "sleep").ToArray(),
        pids => pids.Length == count,
        "all sleep");

    private static async Task<bool> TryExecAsync(RawTask task, string execId)
    {
        try
        {
            await task.ExecAsync(execId, ["sleep", "1000"]);
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private async Task<(RawShim Shim, RawTask Task)> RunAsync(BundleOptions options, string runtime = "")
    {
        TestBundle bundle = Site.NewBundle(options);
        RawShim shim = await Site.StartShimAsync(bundle);
        return (shim, await shim.RunAsync(bundle, runtime: runtime));
    }
}
