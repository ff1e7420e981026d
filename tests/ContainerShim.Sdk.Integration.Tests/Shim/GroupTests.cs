using System.Text;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>The containers of a pod share a shim and nothing else.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class GroupTests(string runtime) : ShimFixture(runtime)
{
    [Test]
    public async Task Start_OfAnotherOfTheGroup_TellsTheRunningShimsAddress()
    {
        TestBundle first = Bundle();
        RawShim shim = await Site.StartShimAsync(first);
        TestBundle second = Bundle();

        ShimInvocation start = (await Site.InvokeAsync("start", second)).EnsureSuccess();

        Assert.That(Encoding.UTF8.GetString(start.Output), Is.EqualTo("unix://" + shim.SocketPath));
        Assert.That(await File.ReadAllTextAsync(second.PathOf("address")), Is.EqualTo("unix://" + shim.SocketPath));
        RawShim again = await Site.ConnectAsync(second, Encoding.UTF8.GetString(start.Output));
        Assert.That(again.Pid, Is.EqualTo(shim.Pid));
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Containers_OfAGroup_HaveFatesOfTheirOwn()
    {
        RawShim shim = await Site.StartShimAsync(Site.NewBundle(new BundleOptions { Group = "g", Args = ["true"] }));
        RawTask[] tasks = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => shim.RunAsync(Bundle(i % 3 == 0 ? $"exit {i}" : "sleep 1000"))));
        for (int i = 0; i < tasks.Length; i += 3)
        {
            tasks[i].Expect((uint)i);
            Assert.That(await tasks[i].WaitAsync(), Is.EqualTo(i));
            await tasks[i].DeleteAsync();
        }

        await tasks[1].PauseAsync();
        await tasks[2].KillAndDeleteAsync();

        Assert.That((await tasks[1].StateAsync()).Status, Is.EqualTo(Status.Paused));
        Assert.That((await tasks[4].StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That(await tasks[5].ExecToEndAsync("exec", "true"), Is.Zero);
        RpcException? gone = await Assert.CatchAsync<RpcException>(() => tasks[2].StateAsync());
        Assert.That(gone?.StatusCode, Is.EqualTo(StatusCode.NotFound));
        await Task.WhenAll(new[] { 1, 4, 5, 7, 8 }.Select(i => tasks[i].KillAndDeleteAsync()));
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Shutdown_WhileContainersAreLeft_ChangesNothing([Values] bool now)
    {
        TestBundle bundle = Bundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);

        await shim.Client.ShutdownAsync(new ShutdownRequest { Id = task.Id, Now = now }, RawShim.Within());

        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Running));
        RawTask other = await shim.RunAsync(Bundle("exit 5"));
        Assert.That(await other.WaitAsync(), Is.EqualTo(5));
        await other.DeleteAsync();
        await task.KillAndDeleteAsync();
        await Site.AssertNothingIsLeftAsync(shim);
    }

    private TestBundle Bundle(string script = "sleep 1000") => Site.NewBundle(new BundleOptions { Group = "g", Args = ["sh", "-c", script] });
}
