using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>The end of a container without a pid namespace, whose processes outlive its init: <c>cgroup.kill</c>.</summary>
public sealed class KillAllTests : GuestFixture
{
    private const string Family = "for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; (setsid sh -c 'sleep 1000 & sleep 1000' &); touch /tmp/ready; ";

    [TestCase("exit 4", 4u)]
    [TestCase("kill -9 $$", 137u)]
    public async Task Init_ThatLeavesProcesses_TakesThemWithIt(string end, uint status)
    {
        GuestTask task = await RunAsync(Sharing($"{Family} while [ ! -e /tmp/go ]; do sleep 0.1; done; {end}"));
        task.Task.Expect(status);
        IReadOnlyList<int> pids = await ReadyAsync(task);

        await task.Task.ExecToEndAsync("go", "touch", "/tmp/go");

        Assert.That(await task.Task.WaitAsync(), Is.EqualTo(status));
        Assert.That(pids.Where(ProcFs.IsAlive), Is.Empty);
        await EndAsync(task);
    }

    [Test]
    public async Task KillAll_OfARunningContainer_EndsEveryProcess()
    {
        GuestTask task = await RunAsync(Sharing($"{Family} wait"));
        task.Task.Expect(137);
        IReadOnlyList<int> pids = await ReadyAsync(task);

        await task.KillAllAsync();

        Assert.That(await task.Task.WaitAsync(), Is.EqualTo(137));
        await Eventually.ShowsAsync(() => pids.Count(ProcFs.IsAlive), count => count == 0, "all end");
        await EndAsync(task);
    }

    [Test]
    public async Task Init_ThatLeavesWhatForksAllTheTime_TakesItWithIt()
    {
        GuestTask task = await RunAsync(Sharing("(while :; do (true) & done) & (while :; do (true) & done) & touch /tmp/ready; sleep 1000"));
        task.Task.Expect(137);
        await ReadyAsync(task);

        await task.Task.KillAsync();

        Assert.That(await task.Task.WaitAsync(), Is.EqualTo(137));
        Assert.That(task.Read("cgroup.procs"), Is.Empty);
        await EndAsync(task);
    }

    [Test]
    public async Task Pids_OfAContainer_AreThoseOfItsCgroup()
    {
        GuestTask task = await RunAsync(Sharing($"{Family} wait"));
        await ReadyAsync(task);

        // Its members still start what they start.
        await Eventually.BecomesAsync(
            async () => (Told: (await task.PidsAsync()).Order().ToArray(), Seen: task.Read("cgroup.procs").Split('\n').Select(int.Parse).Order().ToArray()),
            pids => pids.Told.Length > 2 && pids.Told.SequenceEqual(pids.Seen),
            "the pids told are those of the cgroup");
        await EndAsync(task);
    }

    private static BundleOptions Sharing(string script) => new() { HasPidNamespace = false, Args = ["sh", "-c", script] };

    private static async Task<IReadOnlyList<int>> ReadyAsync(GuestTask task)
    {
        await Eventually.ShowsAsync(() => File.Exists($"/proc/{task.Task.Pid}/root/tmp/ready"), exists => exists, "the family is complete");
        return await task.PidsAsync();
    }
}
