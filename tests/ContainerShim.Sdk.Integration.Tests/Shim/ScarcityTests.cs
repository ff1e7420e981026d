using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Task;
using ContainerShim.Sdk.Ttrpc;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>A running shim gets no more descriptors, or no more processes and threads. What is asked for is refused, what runs can be killed and is told.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class ScarcityTests(string runtime) : ShimFixture(runtime)
{
    /// <summary>More than any operation needs.</summary>
    private const int Enough = 40;

    private RawShim _shim = null!;

    private RawTask _task = null!;

    private IScarcity? _scarcity;

    [TearDown]
    public async Task EndScarcity()
    {
        if (_scarcity is not null)
        {
            await _scarcity.DisposeAsync();
            _scarcity = null;
        }
    }

    [Test]
    public async Task CreateAndExec_WithAnyNumberTooFew_AreRefusedAndLeaveNothing([Values("descriptors", "processes")] string what)
    {
        IScarcity scarcity = await RunAsync(what);
        ProcessCensus before = _shim.Census();
        bool hasCreated = false;
        bool hasRun = false;
        for (int free = 0; free < Enough && !(hasCreated && hasRun); free++)
        {
            await scarcity.LeaveAsync(free);
            TestBundle bundle = NewBundle();
            RawTask? other = null;
            hasCreated = await SucceedsAsync(async () => other = await _shim.CreateAsync(bundle), free);
            await _task.AddExecAsync($"exec-{free}", ["true"]);
            hasRun = await SucceedsAsync(async () => await _task.StartExecAsync($"exec-{free}"), free);
            Assert.That((await _task.StateAsync()).Status, Is.EqualTo(Status.Running));

            await scarcity.EndAsync();
            Assert.That(await _task.WaitAsync($"exec-{free}"), Is.EqualTo(hasRun ? 0 : 255));
            await _task.DeleteAsync($"exec-{free}");
            await (other?.DeleteAsync() ?? Task.FromResult(new DeleteResponse()));
        }

        Assert.That((hasCreated, hasRun), Is.EqualTo((true, true)));
        await _task.KillAndDeleteAsync();
        await Eventually.ShowsAsync(_shim.Census, after => after.IsWithin(before), $"the shim is as before: {before}", TimeSpan.FromSeconds(5));
        await Site.AssertNothingIsLeftAsync(_shim);
    }

    [Test]
    public async Task SigKill_WithNoneLeft_EndsTheContainerAndTheRestWorksAgainLater([Values("descriptors", "processes")] string what)
    {
        IScarcity scarcity = await RunAsync(what);
        RawTask shared = await _shim.RunAsync(Site.NewBundle(new BundleOptions { Group = "g", HasPidNamespace = false }));
        await _task.ExecAsync("exec", ["sleep", "1000"]);
        _task.Expect(137, "exec");
        await scarcity.LeaveAsync(0);

        RpcException? term = await Assert.CatchAsync<RpcException>(() => _task.KillAsync(Native.SigTerm));
        Assert.That(term?.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), term?.Status.Detail);
        foreach (RawTask task in new[] { _task, shared })
        {
            await task.KillAsync();
            Assert.That(await task.WaitAsync(), Is.EqualTo(137));
            await Events.ExitAsync(task.Id);
            Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Stopped));
            RpcException? delete = await Assert.CatchAsync<RpcException>(() => task.DeleteAsync());
            Assert.That(delete?.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), delete?.Status.Detail);
        }

        await scarcity.EndAsync();
        await _task.DeleteAsync();
        await shared.DeleteAsync();
        RawTask other = await _shim.RunAsync(NewBundle());
        await other.KillAndDeleteAsync();
        await Site.AssertNothingIsLeftAsync(_shim);
    }

    [Test]
    public async Task SigKill_AfterALongQuietTimeWithNoProcessLeft_EndsTheContainer()
    {
        IScarcity scarcity = await RunAsync("processes");
        await scarcity.LeaveAsync(0);

        // Threads of .NET's pool end after 20 s without work.
        await Task.Delay(TimeSpan.FromSeconds(25));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _task.StateAsync()));
        await _task.KillAsync();
        Assert.That(await _task.WaitAsync(), Is.EqualTo(137));
        await Events.ExitAsync(_task.Id);
        await scarcity.EndAsync();
        await _task.DeleteAsync();
        await Site.AssertNothingIsLeftAsync(_shim);
    }

    [Test]
    public async Task Connection_WithNoDescriptorLeft_WaitsWithoutTheShimBeingBusyAndIsServedLater()
    {
        IScarcity scarcity = await RunAsync("descriptors");
        await scarcity.LeaveAsync(0);
        await using TtrpcChannel channel = await TtrpcChannel.ConnectAsync(_shim.SocketPath);
        Task<StateResponse> answer = new WireTask.TaskClient(channel.CreateCallInvoker()).StateAsync(new StateRequest { Id = _task.Id }, RawShim.Within()).ResponseAsync;
        TimeSpan before = ProcessCensus.ProcessorTime(_shim.Pid);

        await Task.Delay(TimeSpan.FromSeconds(2));

        Assert.That(ProcessCensus.ProcessorTime(_shim.Pid) - before, Is.LessThan(TimeSpan.FromMilliseconds(100)));
        Assert.That(answer.IsCompleted, Is.False);
        Assert.That((await _task.StateAsync()).Status, Is.EqualTo(Status.Running), "by the connection that is there");
        await scarcity.EndAsync();
        Assert.That((await answer).Status, Is.EqualTo(Status.Running));
        await _task.KillAndDeleteAsync();
    }

    private TestBundle NewBundle() => Site.NewBundle(new BundleOptions { Group = "g" });

    private async Task<IScarcity> RunAsync(string what)
    {
        TestBundle bundle = NewBundle();
        _shim = await Site.StartShimAsync(bundle);
        _task = await _shim.RunAsync(bundle);
        Assert.That(await _task.ExecToEndAsync("warm", "true"), Is.Zero);
        return _scarcity = what == "descriptors" ? new DescriptorLimit(_shim.Pid) : new ProcessLimit(Site, _shim.Pid);
    }

    /// <summary>With processes for runc, and none for what runc starts, the failure is runc's: its own words, or its end by SIGABRT.</summary>
    private async Task<bool> SucceedsAsync(Func<Task> call, int free)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException e)
        {
            if (_scarcity is ProcessLimit && free > 0 && e.StatusCode == StatusCode.Unknown)
            {
                Assert.That(e.Status.Detail, Does.StartWith("OCI runtime "));
                return false;
            }

            Assert.That(e.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted), $"{free} free: {e.Status.Detail}");
            return false;
        }
    }
}
