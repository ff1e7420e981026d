using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Cgroups.V1;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Task;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Options = ContainerShim.Sdk.Protocol.Runc.Options;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Where crun's answers, messages and abilities differ from runc's. The shim's clients see no difference.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Cruns))]
[Parallelizable(ParallelScope.Self)]
public sealed class CrunTests(string runtime) : ShimFixture(runtime)
{
    private const long Megabyte = 1 << 20;

    private RawShim _shim = null!;

    private RawTask _task = null!;

    [Test]
    public async Task Kill_OfAContainerThatHasEnded_SaysNotFound()
    {
        await RunAsync("true");
        await _task.WaitAsync();

        RpcException failure = await FailureOfAsync(() => _task.KillAsync());

        Assert.That((failure.StatusCode, failure.Status.Detail), Is.EqualTo((StatusCode.NotFound, "process already finished: not found")));
        await _task.DeleteAsync();
    }

    [Test]
    public async Task Kill_OfAnExec_EndsItAlone()
    {
        await RunAsync("sleep", "1000");
        await _task.ExecAsync("exec", ["sleep", "1000"]);

        await _task.KillAsync(execId: "exec");

        Assert.That(await _task.WaitAsync("exec"), Is.EqualTo(128 + Native.SigKill));
        Assert.That((await _task.StateAsync()).Status, Is.EqualTo(Status.Running));
        await _task.DeleteAsync("exec");
    }

    [Test]
    public async Task Kill_OfAllInAContainerWithoutItsOwnPidNamespace_EndsItsChildrenToo()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { HasPidNamespace = false, Args = ["sh", "-c", "sleep 1000 & wait"] });
        _shim = await Site.StartShimAsync(bundle);
        _task = await _shim.RunAsync(bundle);

        await _shim.Client.KillAsync(new KillRequest { Id = _task.Id, Signal = Native.SigKill, All = true }, RawShim.Within());

        Assert.That(await _task.WaitAsync(), Is.EqualTo(128 + Native.SigKill));
        await _task.DeleteAsync();
        await _shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Exec_OfAProgramThatIsNotThere_FailsWithCrunsReasonAndTheContainerGoesOn()
    {
        await RunAsync("sleep", "1000");

        RpcException failure = await FailureOfAsync(() => _task.ExecAsync("exec", ["no-such-program"]));

        Assert.That(failure.Status.Detail, Does.StartWith("OCI runtime exec failed: ").And.Contain("executable file `no-such-program` not found in $PATH"));
        Assert.That((await _task.StateAsync()).Status, Is.EqualTo(Status.Running));
    }

    [Test]
    public async Task Create_OfAProgramThatIsNotThere_FailsWithCrunsReasonAndLeavesNothing()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["no-such-program"] });
        _shim = await Site.StartShimAsync(bundle);

        RpcException failure = await FailureOfAsync(() => _shim.RunAsync(bundle));

        Assert.That(failure.Status.Detail, Does.StartWith("OCI runtime create failed: ").And.Contain("no-such-program"));
        await _shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Pause_ThenResume_StopsTheContainerAndLetsItGoOn()
    {
        await RunAsync("sleep", "1000");

        await _task.PauseAsync();
        Assert.That((await _task.StateAsync()).Status, Is.EqualTo(Status.Paused));
        await _shim.Client.ResumeAsync(new ResumeRequest { Id = _task.Id }, RawShim.Within());

        Assert.That((await _task.StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That(await _task.ExecToEndAsync("exec", "true"), Is.Zero);
    }

    [Test]
    public async Task Pids_OfAContainerWithAChild_AreBoth()
    {
        await RunAsync("sh", "-c", "sleep 1000 & wait");

        PidsResponse pids = await Eventually.BecomesAsync(
            async () => await _shim.Client.PidsAsync(new PidsRequest { Id = _task.Id }, RawShim.Within()), answer => answer.Processes.Count == 2, "both are listed");

        Assert.That(pids.Processes.Select(process => (int)process.Pid), Does.Contain(_task.Pid));
    }

    [Test]
    public async Task Stats_OfARunningContainer_ShowItsMemoryAndProcesses()
    {
        await RunAsync("sleep", "1000");

        StatsResponse answer = await _shim.Client.StatsAsync(new StatsRequest { Id = _task.Id }, RawShim.Within());

        (ulong processes, ulong memory) = TypeUrls.Is(answer.Stats, TypeUrls.CgroupsV1Metrics)
            ? V1(Metrics.Parser.ParseFrom(answer.Stats.Value))
            : V2(Protocol.Cgroups.V2.Metrics.Parser.ParseFrom(answer.Stats.Value));
        Assert.That(processes, Is.EqualTo(1));
        Assert.That(memory, Is.Positive);

        static (ulong, ulong) V1(Metrics metrics) => (metrics.Pids.Current, metrics.Memory.Usage.Usage);
        static (ulong, ulong) V2(Protocol.Cgroups.V2.Metrics metrics) => (metrics.Pids.Current, metrics.Memory.Usage);
    }

    [Test]
    public async Task Update_OfARunningContainer_IsSeenInItsCgroup()
    {
        await RunAsync("sleep", "1000");
        Any resources = new()
        {
            TypeUrl = TypeUrls.OciLinuxResources,
            Value = ByteString.CopyFromUtf8($$$"""{"memory":{"limit":{{{64 * Megabyte}}}}}"""),
        };

        await _shim.Client.UpdateAsync(new UpdateTaskRequest { Id = _task.Id, Resources = resources }, RawShim.Within());

        string below = $"{Site.Namespace}/{_task.Id}";
        string v1 = $"/sys/fs/cgroup/memory/{below}/memory.limit_in_bytes";
        Assert.That(await File.ReadAllTextAsync(File.Exists(v1) ? v1 : $"/sys/fs/cgroup/{below}/memory.max"), Is.EqualTo($"{64 * Megabyte}\n"));
    }

    [Test]
    public async Task Container_ThatUsesTooMuchMemory_IsToldOfAndThenKilled()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["tail", "/dev/zero"], MemoryLimit = 32 * Megabyte });
        _shim = await Site.StartShimAsync(bundle);
        _task = await _shim.RunAsync(bundle);

        Assert.That(await _task.WaitAsync(), Is.EqualTo(128 + Native.SigKill));

        await Eventually.ShowsAsync(() => Events.All().Count(e => e.Message is TaskOOM), count => count == 1, "the lack of memory is told");
        await _task.DeleteAsync();
    }

    [Test]
    public async Task Restore_OfAnImageThatIsNone_FailsWithoutAnOptionThatCrunLacks()
    {
        TestBundle bundle = Site.NewBundle();
        _shim = await Site.StartShimAsync(bundle);
        string image = Path.Combine(Site.Directory, "image");
        Directory.CreateDirectory(image);
        CreateTaskRequest request = new()
        {
            Id = bundle.Id,
            Bundle = bundle.Path,
            Rootfs = { bundle.Rootfs },
            Checkpoint = image,
            Options = TypeUrls.Pack(TypeUrls.RuncOptions, new Options { BinaryName = Runtime.Binary }),
        };
        await _shim.Client.CreateAsync(request, RawShim.Within());
        Site.Facts.NeverStarted[(bundle.Id, bundle.Id)] = true;

        RpcException failure = await FailureOfAsync(async () => await _shim.Client.StartAsync(new StartRequest { Id = bundle.Id }, RawShim.Within()));

        Assert.That(failure.Status.Detail, Does.StartWith("OCI runtime restore failed").And.Not.Contain("option"));
        await _shim.Client.DeleteAsync(new DeleteRequest { Id = bundle.Id }, RawShim.Within());
        await _shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Info_OfACrunWithoutFeatures_IsAnsweredWithoutThem()
    {
        TestBundle bundle = Site.NewBundle();
        Any options = TypeUrls.Pack(TypeUrls.RuncOptions, new Options { BinaryName = Runtime.Binary });
        bool hasFeatures = (await Command.RunAsync(Runtime.Binary, ["features"])).ExitCode == 0;

        ShimInvocation answer = await ShimInvocation.RunAsync(
            [.. Runtime.Starter, Site.CommandLine("start", bundle)[0], "-info"], bundle.Path, Site.Environment, options.ToByteArray());

        RuntimeInfo info = RuntimeInfo.Parser.ParseFrom(answer.EnsureSuccess().Output);
        Assert.That(info.Features is not null, Is.EqualTo(hasFeatures));
        Assert.That(info.Options, Is.EqualTo(options));
    }

    [Test]
    public async Task Delete_OfACreatedContainer_LeavesNothing()
    {
        TestBundle bundle = Site.NewBundle();
        _shim = await Site.StartShimAsync(bundle);
        _task = await _shim.CreateAsync(bundle);

        await _task.DeleteAsync();

        await _shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    private async Task RunAsync(params IReadOnlyList<string> args)
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = args });
        _shim = await Site.StartShimAsync(bundle);
        _task = await _shim.RunAsync(bundle);
    }

    private static async Task<RpcException> FailureOfAsync(Func<Task> call) =>
        await Assert.ThrowsAsync<RpcException>(() => call()) ?? throw new InvalidOperationException();
}
