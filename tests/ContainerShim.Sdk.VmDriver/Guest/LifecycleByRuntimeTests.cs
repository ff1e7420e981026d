using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>The core of a container's life by each runtime. crun needs pure cgroup v2, which few build machines have.</summary>
[TestFixture("runc")]
[TestFixture("crun")]
public sealed class LifecycleByRuntimeTests(string runtime) : GuestFixture
{
    [Test]
    public async Task Container_ThroughItsLife_DoesAllAndTellsAll()
    {
        GuestTask task = await RunAsync(new BundleOptions(), runtime);

        Assert.That(await task.Task.ExecToEndAsync("exec", "sh", "-c", "exit 21"), Is.EqualTo(21));
        Assert.That((await task.StatsAsync()).Pids.Current, Is.EqualTo(1));
        Assert.That(await task.PidsAsync(), Is.EqualTo((int[])[task.Task.Pid]));
        await task.Task.PauseAsync();
        await task.WaitForAsync("cgroup.events", "frozen 1");
        await task.ResumeAsync();
        await task.Task.KillAsync();
        Assert.That(await task.Task.WaitAsync(), Is.EqualTo(137));
        await EndAsync(task);

        Assert.That(Events.All().Select(e => e.Message.GetType()), Is.EqualTo((Type[])
        [
            typeof(TaskCreate), typeof(TaskStart), typeof(TaskExecAdded), typeof(TaskExecStarted), typeof(TaskExit),
            typeof(TaskPaused), typeof(TaskResumed), typeof(TaskExit), typeof(TaskDelete),
        ]));
    }

    [Test]
    public async Task Container_DeletedBeforeItsStart_LeavesNothing()
    {
        GuestTask task = await CreateAsync(new BundleOptions(), runtime);

        await task.Task.DeleteAsync();

        await Shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Kill_OfAnEndedContainer_IsNotFound()
    {
        GuestTask task = await RunAsync(new BundleOptions { Args = ["true"] }, runtime);
        await task.Task.WaitAsync();

        RpcException? failure = await Assert.CatchAsync<RpcException>(() => task.Task.KillAsync());

        Assert.That(failure?.StatusCode, Is.EqualTo(StatusCode.NotFound));
        await EndAsync(task);
    }

    [Test]
    public async Task Create_OfAMissingCommand_FailsAndLeavesNothing()
    {
        // crun looks for the command when it creates, as runc does.
        RpcException? failure = await Assert.CatchAsync<RpcException>(() => CreateAsync(new BundleOptions { Args = ["no-such-command"] }, runtime));

        Assert.That(failure?.Status.Detail, Does.Contain("executable file").And.Contain("not found"));
        await Eventually.ShowsAsync(() => Site.Left(), left => left.Cgroups.Count + left.RuntimeStates.Count + left.Mounts.Count == 0, "nothing is left");
    }

    [TestCase("created")]
    [TestCase("running an exec")]
    [TestCase("paused")]
    public async Task Delete_OfAContainerWhoseShimWasKilled_LeavesNothing(string phase)
    {
        ShimEndsFirst = true;
        GuestTask task = await CreateAsync(new BundleOptions(), runtime);
        if (phase != "created")
        {
            await task.Task.StartAsync();
            await task.Task.ExecAsync("exec", ["sleep", "1000"]);
        }

        if (phase == "paused")
        {
            await task.Task.PauseAsync();
        }

        await Shim.Kill9Async();

        (DeleteResponse response, _) = await Site.DeleteAsync(task.Bundle);

        Assert.That((response.Pid, response.ExitStatus), Is.EqualTo(((uint)task.Task.Pid, 137u)));
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Oom_OfInit_IsToldBeforeItsExit()
    {
        GuestTask task = await RunAsync(
            new BundleOptions { MemoryLimit = 16 << 20, Args = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"] }, runtime);
        task.Task.Expect(137);

        await Events.ExitAsync(task.Task.Id);

        Assert.That(Events.All().Select(e => e.Message.GetType()), Is.EqualTo((Type[])[typeof(TaskCreate), typeof(TaskStart), typeof(TaskOOM), typeof(TaskExit)]));
        await EndAsync(task);
    }
}
