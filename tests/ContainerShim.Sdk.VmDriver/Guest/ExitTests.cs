using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>Exact exits by pidfd, with and without <c>PIDFD_GET_INFO</c>.</summary>
public sealed class ExitTests : GuestFixture
{
    private const int Count = 40;

    [Test]
    public async Task Execs_FourAtATimeWithRandomCodes_AreAllExact()
    {
        Random random = new(1);
        GuestTask task = await RunAsync(new BundleOptions());
        uint[] codes = [.. Enumerable.Range(0, Count).Select(_ => (uint)random.Next(256))];

        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
        {
            task.Task.Expect(codes[i], $"exec-{i}");
            Assert.That(await task.Task.ExecToEndAsync($"exec-{i}", "sh", "-c", $"exit {codes[i]}"), Is.EqualTo(codes[i]));
        });

        await Eventually.ShowsAsync(() => Events.All().Count(e => e.Message is TaskExit), count => count == Count, "an exit for each");
        await EndAsync(task);
    }

    [TestCase("exit 200", 200u)]
    [TestCase("kill -TERM $$", 143u)]
    [TestCase("kill -SEGV $$", 139u)]
    public async Task Init_ThatEndsAtOnce_IsTold(string script, uint status)
    {
        GuestTask task = await RunAsync(new BundleOptions { HasPidNamespace = false, Args = ["sh", "-c", script] });
        task.Task.Expect(status);

        Assert.That(await task.Task.WaitAsync(), Is.EqualTo(status));
        await EndAsync(task);
    }

    [Test]
    public async Task Daemon_OfAnExec_IsNoZombieAfterItsEnd()
    {
        GuestTask task = await RunAsync(new BundleOptions { HasPidNamespace = false });

        Assert.That(await task.Task.ExecToEndAsync("exec", "sh", "-c", "(setsid sleep 0.2 &); exit 9"), Is.EqualTo(9));

        await Eventually.ShowsAsync(Shim.Census, census => census.Children == 1, "only init is left");
        await EndAsync(task);
    }
}
