using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Pids that are on record and belong to somebody else by now: nobody may be killed who is not the container's.</summary>
public sealed class ReusedPidTests : ShimFixture
{
    [Test]
    public async Task Delete_WhenThePidIsAnothers_LeavesThatOne()
    {
        (TestBundle bundle, RawTask task) = await RunAndKillTheShimAsync();
        Native.Signal(task.Pid, Native.SigKill);
        using ReusedPid bystander = await ReusedPid.TakeAsync(task.Pid);

        (DeleteResponse answer, _) = await Site.DeleteAsync(bundle);

        Assert.That(bystander.IsAlive);
        Assert.That(answer.ExitStatus, Is.EqualTo(137));
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Delete_WhenThePidOfAnExecIsAnothers_LeavesThatOneAndKillsTheContainer()
    {
        (TestBundle bundle, RawTask task) = await RunAndKillTheShimAsync();
        int exec = ShimExecPid(bundle);
        Native.Signal(exec, Native.SigKill);
        using ReusedPid bystander = await ReusedPid.TakeAsync(exec);

        await Site.DeleteAsync(bundle);

        Assert.That(bystander.IsAlive);
        Assert.That(Harness.ProcFs.IsAlive(task.Pid), Is.False);
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Start_WhenThePidIsAnothers_TakesOverAContainerThatHasEnded()
    {
        (TestBundle bundle, RawTask task) = await RunAndKillTheShimAsync();
        Native.Signal(task.Pid, Native.SigKill);
        using ReusedPid bystander = await ReusedPid.TakeAsync(task.Pid);

        RawShim second = await Site.StartShimAsync(bundle);
        RawTask again = new(second, Site.Facts, bundle, task.Pid);
        Assert.That((await again.StateAsync()).Status, Is.EqualTo(Protocol.Types.Status.Stopped));
        RpcException error = (await Assert.ThrowsAsync<RpcException>(() => again.KillAsync()))!;
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.NotFound));
        await again.DeleteAsync();
        await second.ShutdownAsync();

        Assert.That(bystander.IsAlive);
        await Site.AssertNothingIsLeftAsync();
    }

    private static int ShimExecPid(TestBundle bundle) => int.Parse(File.ReadAllText(bundle.PathOf("exec.pid")), System.Globalization.CultureInfo.InvariantCulture);

    private async Task<(TestBundle Bundle, RawTask Task)> RunAndKillTheShimAsync()
    {
        ShimEndsFirst = true;
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        await task.ExecAsync("exec", ["sleep", "1000"]);
        await Events.WaitForAsync(static told => told.Topic == "/tasks/exec-started", "what the shim has done is told");
        await shim.Kill9Async();
        return (bundle, task);
    }
}
