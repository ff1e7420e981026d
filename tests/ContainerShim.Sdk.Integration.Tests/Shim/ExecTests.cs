using System.Globalization;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Execs next to each other do not mix.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class ExecTests(string runtime) : ShimFixture(runtime)
{
    [Test]
    public async Task Execs_FailingAtTheSameTime_TellEachItsOwnReason()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);

        await Parallel.ForEachAsync(Enumerable.Range(0, 40), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            await task.AddExecAsync($"exec-{i}", [$"no-such-{i}"]);
            RpcException? failure = await Assert.CatchAsync<RpcException>(() => task.StartExecAsync($"exec-{i}"));
            Assert.That(failure?.Status.Detail, Does.Contain(Runtime.NotFound($"no-such-{i}")));
            await task.DeleteAsync($"exec-{i}");
        });

        Assert.That(Directory.EnumerateFiles(bundle.Path, "*exec-*"), Is.Empty);
        await task.KillAndDeleteAsync();
    }

    [Test]
    public async Task Exec_ThatIsCalledInit_LeavesThePidFileOfInitAlone()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);

        Assert.That(await task.ExecToEndAsync("init", "sh", "-c", "exit 6"), Is.EqualTo(6));

        Assert.That(await File.ReadAllTextAsync(bundle.PathOf("init.pid")), Is.EqualTo(task.Pid.ToString(CultureInfo.InvariantCulture)));
        await task.KillAndDeleteAsync();
    }
}
