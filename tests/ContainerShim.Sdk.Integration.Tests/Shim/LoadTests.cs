using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Many processes through one shim: nothing is lost, doubled or out of order, and the shim is afterwards as it was before.</summary>
public sealed class LoadTests : ShimFixture
{
    /// <summary>What the heap may grow by: its budget, and what the first thousand calls make resident.</summary>
    private const long MostGrowthInKilobytes = 4 * 1024;

    /// <summary>What the last calls hold is let go at once.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    [Test]
    public async Task Execs_AThousandFromEightWorkers_EachStartsAndExitsOnceAndNothingIsHeld()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        await InParallelAsync(8, 16, i => RunExecAsync(task, $"warm-{i}"));
        ProcessCensus before = shim.Census();

        await InParallelAsync(8, 1000, i => RunExecAsync(task, $"exec-{i}"));

        await Eventually.ShowsAsync(shim.Census, after => after.IsWithin(before), $"the shim is as before: {before}", Settling);
        Assert.That(Directory.EnumerateFiles(bundle.Path, "exec-*"), Is.Empty);
        // The answers do not wait for the events.
        await Eventually.ShowsAsync(() => (Count<TaskExecStarted>("exec-"), Count<TaskExit>("exec-")), counts => counts == (1000, 1000), "all are told");
        await task.KillAndDeleteAsync();
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Containers_ThreeHundredInOneShimHalfOfThemFailing_LeaveNothing()
    {
        TestBundle first = Site.NewBundle(new BundleOptions { Group = "many" });
        RawShim shim = await Site.StartShimAsync(first);
        await shim.RunAsync(first);
        await InParallelAsync(4, 16, i => RunContainerAsync(shim, i));
        ProcessCensus before = shim.Census();

        await InParallelAsync(4, 300, i => RunContainerAsync(shim, i));

        ProcessCensus after = await Eventually.ShowsAsync(shim.Census, now => now.IsWithin(before), $"the shim is as before: {before}", Settling);
        Assert.That(after.ResidentKilobytes - before.ResidentKilobytes, Is.LessThan(MostGrowthInKilobytes), $"{before} became {after}");
        Assert.That(Events.All().Count(e => e.Message is TaskStart), Is.EqualTo(1 + 158));
        Census left = Site.Left();
        Assert.That(left.Mounts, Has.Count.EqualTo(1), left.ToString());
        Assert.That(left.RuntimeStates, Has.Count.EqualTo(1), left.ToString());
        Assert.That(left.Cgroups.Select(Path.GetFileName).Distinct(), Is.EqualTo((string[])[first.Id]), left.ToString());
        await shim.Client.KillAsync(new KillRequest { Id = first.Id, Signal = Native.SigKill }, RawShim.Within());
        await Events.ExitAsync(first.Id);
        await shim.Client.DeleteAsync(new DeleteRequest { Id = first.Id }, RawShim.Within());
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    private static Task InParallelAsync(int workers, int count, Func<int, Task> work) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = workers }, async (i, _) => await work(i));

    /// <summary>Every tenth ends by a signal, and every seventh with a status of its own.</summary>
    private static async Task RunExecAsync(RawTask task, string execId)
    {
        int number = int.Parse(execId.Split('-')[1]);
        (string[] args, uint status) = number % 10 == 3 ? ((string[])["sh", "-c", "kill -9 $$"], 137u)
            : number % 7 == 3 ? (["sh", "-c", "exit 9"], 9u)
            : (["true"], 0u);
        task.Expect(status, execId);

        Assert.That(await task.ExecToEndAsync(execId, args), Is.EqualTo(status));
    }

    private async Task RunContainerAsync(RawShim shim, int number)
    {
        bool fails = number % 2 == 1;
        TestBundle bundle = Site.NewBundle(new BundleOptions { Group = "many", Args = [fails ? "no-such-command" : "true"] });
        if (fails)
        {
            // runc looks for the command when it creates.
            RpcException? failure = await Assert.CatchAsync<RpcException>(() => shim.CreateAsync(bundle));
            Assert.That(failure?.Status.Detail, Does.Contain(Runtime.NotFound("no-such-command")));
            return;
        }

        RawTask task = await shim.RunAsync(bundle);
        task.Expect(0);
        Assert.That(await task.WaitAsync(), Is.Zero);
        await task.DeleteAsync();
    }

    private int Count<T>(string prefix) => Events.All().Count(e => e.Message is T && e.ProcessId.StartsWith(prefix, StringComparison.Ordinal));
}
