using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Runc;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>
/// Nothing can be written where the bundles are, and unless it is read-only where the runtime keeps its state, too. What runs can be ended
/// and removed all the same, and is told as ever.
/// </summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class FullDiskTests(string runtime) : ShimFixture(runtime)
{
    private SmallDisk _disk = null!;

    private RawShim _shim = null!;

    private RawTask _task = null!;

    [SetUp]
    public async Task MountDisk() => _disk = await SmallDisk.MountAsync(Site.StateDirectory);

    [Test]
    public async Task CreateAndExec_AreRefusedWithTheReasonAndWorkAgainLater([Values] Trouble trouble)
    {
        (StatusCode code, string reason) = trouble == Trouble.ReadOnly
            ? (StatusCode.FailedPrecondition, "read-only file system")
            : (StatusCode.ResourceExhausted, "no space left on device: resource exhausted");
        await RunAsync(trouble);
        TestBundle other = NewBundle("exit 3");
        await _disk.BeginAsync(trouble);

        RpcException? create = await Assert.CatchAsync<RpcException>(() => CreateAsync(other, trouble));
        await _task.AddExecAsync("exec", ["true"]);
        RpcException? exec = await Assert.CatchAsync<RpcException>(() => _task.StartExecAsync("exec"));
        await _task.DeleteAsync("exec");

        Assert.That((create?.StatusCode, exec?.StatusCode), Is.EqualTo((code, code)), $"{create} {exec}");
        Assert.That(create?.Status.Detail, Does.EndWith(reason));
        Assert.That(exec?.Status.Detail, Does.StartWith("OCI runtime exec failed: ").And.EndWith(reason));
        Assert.That((await _task.StateAsync()).Status, Is.EqualTo(Status.Running));
        await _disk.EndAsync();
        Assert.That(await _task.ExecToEndAsync("later", "true"), Is.Zero);
        RawTask task = await CreateAsync(other, trouble);
        task.Expect(3);
        await task.StartAsync();
        Assert.That(await task.WaitAsync(), Is.EqualTo(3));
        await task.DeleteAsync();
        await _task.KillAndDeleteAsync();
        await AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Container_ThatRan_CanBePausedAndSignalledAndItsExitIsToldAndItIsDeleted([Values] Trouble trouble)
    {
        await RunAsync(trouble);
        RawTask created = await CreateAsync(NewBundle("sleep 1000"), trouble);
        RawTask killed = await CreateAsync(NewBundle("sleep 1000"), trouble);
        await killed.StartAsync();
        await killed.ExecAsync("exec", ["sleep", "1000"]);
        killed.Expect(137, "exec");
        await _disk.BeginAsync(trouble);

        await _task.PauseAsync();
        Assert.That((await _task.StateAsync()).Status, Is.EqualTo(Status.Paused));
        await _task.ResumeAsync();
        Assert.That(await _task.PidsAsync(), Does.Contain(_task.Pid));
        Assert.That((await _task.StatsAsync()).Pids.Current, Is.Positive);
        await _task.KillAsync(Native.SigTerm);
        Assert.That(await _task.WaitAsync(), Is.EqualTo(5));
        await Events.ExitAsync(_task.Id);
        await _task.DeleteAsync();

        await killed.KillAsync(execId: "exec");
        Assert.That(await killed.WaitAsync("exec"), Is.EqualTo(137));
        await killed.DeleteAsync("exec");
        await killed.KillAndDeleteAsync();
        await created.DeleteAsync();
        await Events.ExitAsync(created.Id);
        await AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task DeleteCommand_ForAContainerWhoseShimWasKilled_LeavesNothing([Values] Trouble trouble)
    {
        ShimEndsFirst = true;
        TestBundle bundle = await RunAsync(trouble);
        await _disk.BeginAsync(trouble);
        await _shim.Kill9Async();

        (DeleteResponse response, _) = await Site.DeleteAsync(bundle);

        Assert.That((response.Pid, response.ExitStatus), Is.EqualTo(((uint)_task.Pid, 137u)));
        await AssertNothingIsLeftAsync(isGone: true);
    }

    private TestBundle NewBundle(string script) => Site.NewBundle(new BundleOptions { Group = "g", Args = ["sh", "-c", script] });

    private async Task<TestBundle> RunAsync(Trouble trouble)
    {
        TestBundle bundle = NewBundle("trap 'exit 5' TERM; while :; do sleep 0.05; done");
        _shim = await Site.StartShimAsync(bundle);
        _task = await CreateAsync(bundle, trouble);
        await _task.StartAsync();
        return bundle;
    }

    /// <summary>runc cannot remove its own files from a read-only disk, so that they are elsewhere then.</summary>
    private Task<RawTask> CreateAsync(TestBundle bundle, Trouble trouble)
    {
        Options options = new() { Root = trouble == Trouble.ReadOnly ? "" : Path.Combine(Site.StateDirectory, "runc") };
        return _shim.CreateAsync(bundle, request => request.Options = TypeUrls.Pack(TypeUrls.RuncOptions, options));
    }

    /// <summary>But for the disk.</summary>
    private async Task AssertNothingIsLeftAsync(bool isGone = false)
    {
        if (!isGone)
        {
            await _shim.ShutdownAsync();
        }

        await Eventually.ShowsAsync(
            () => Site.Left() is var left && left.Mounts.SequenceEqual([Site.StateDirectory]) ? left with { Mounts = [] } : left, left => left.IsEmpty, "nothing is left");
        string states = Path.Combine(Site.StateDirectory, "runc", Site.Namespace);
        Assert.That(Directory.Exists(states) ? Directory.EnumerateFileSystemEntries(states) : [], Is.Empty);
    }
}
