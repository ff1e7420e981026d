using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Runc;
using ContainerShim.Sdk.Protocol.Task;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Requests that make no sense are answered so, and harm nobody.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class BadRequestTests(string runtime) : ShimFixture(runtime)
{
    private static readonly string[] _oddIds = ["", ".", "..", "../x", "a/b", "-rf", "a\0b", "a b", "a\nb", "é", "a..b", "_a", "a-", new('a', 77)];

    private static CallOptions Within => RawShim.Within();

    [Test]
    public async Task OddRequests_AreRefusedWithTheirCodes()
    {
        (RawShim shim, RawTask task) = await RunAsync();
        WireTask.TaskClient client = shim.Client;
        string id = task.Id;

        await RefusesAsync(StatusCode.InvalidArgument, () => client.UpdateAsync(new UpdateTaskRequest { Id = id }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.UpdateAsync(new UpdateTaskRequest { Id = id, Resources = new Any() }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.UpdateAsync(new UpdateTaskRequest { Id = id, Resources = Json("{\"pids\":") }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.UpdateAsync(new UpdateTaskRequest { Id = id, Resources = Json("[1]") }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.ExecAsync(new ExecProcessRequest { Id = id, ExecId = "x" }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.ExecAsync(new ExecProcessRequest { Id = id, ExecId = "x", Spec = new Any() }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.ExecAsync(new ExecProcessRequest { Id = id, ExecId = "x", Spec = Json("nonsense") }, Within));
        await RefusesAsync(StatusCode.AlreadyExists, () => client.ExecAsync(new ExecProcessRequest { Id = id, ExecId = id, Spec = Json("{}") }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.CheckpointAsync(new CheckpointTaskRequest { Id = id }, Within));
        await RefusesAsync(StatusCode.NotFound, () => client.StartAsync(new StartRequest { Id = id, ExecId = "none" }, Within));
        await RefusesAsync(StatusCode.NotFound, () => client.ResizePtyAsync(new ResizePtyRequest { Id = id, ExecId = "none" }, Within));
        await RefusesAsync(StatusCode.AlreadyExists, () => client.CreateAsync(new CreateTaskRequest { Id = id, Bundle = task.PathOf("") }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.CreateAsync(new CreateTaskRequest { Id = "other", Bundle = "relative" }, Within));
        await RefusesAsync(StatusCode.InvalidArgument, () => client.CreateAsync(new CreateTaskRequest { Id = "other" }, Within));
        await RefusesAsync(StatusCode.Unknown, () => client.KillAsync(new KillRequest { Id = id, Signal = 4_000_000_000 }, Within));
        await RefusesAsync(StatusCode.Unknown, () => client.KillAsync(new KillRequest { Id = id, Signal = 999 }, Within));

        await GoesOnAsync(shim, task);
    }

    [Test]
    public async Task Execs_WithProcessesThatAreNone_CannotBeStarted()
    {
        (RawShim shim, RawTask task) = await RunAsync();
        string[] specs = ["{}", """{"args":[]}""", """{"args":["true"],"cwd":"relative"}""", """{"args":"true"}""", """{"args":["true"],"cwd":"/","user":{"uid":-1}}"""];
        for (int i = 0; i < specs.Length; i++)
        {
            string execId = $"exec-{i}";
            string spec = specs[i];
            await shim.Client.ExecAsync(new ExecProcessRequest { Id = task.Id, ExecId = execId, Spec = Json(spec) }, Within);
            RpcException? failure = await Assert.CatchAsync<RpcException>(() => task.StartExecAsync(execId));
            Assert.That(failure?.Status.Detail, Does.StartWith("OCI runtime exec failed: "), spec);
            await task.DeleteAsync(execId);
        }

        await GoesOnAsync(shim, task);
    }

    [Test]
    public async Task Ids_ThatAreNoIdentifiers_AreRefusedByEveryMethod()
    {
        (RawShim shim, RawTask task) = await RunAsync();
        foreach (string odd in _oddIds)
        {
            await RefusesAsync(StatusCode.InvalidArgument, () => shim.Client.CreateAsync(new CreateTaskRequest { Id = odd, Bundle = task.PathOf("") }, Within));
            await RefusesAsync(
                StatusCode.InvalidArgument, () => shim.Client.ExecAsync(new ExecProcessRequest { Id = task.Id, ExecId = odd, Spec = Json("{}") }, Within));
            foreach (Func<string, string, Task> call in Calls(shim.Client))
            {
                await RefusesAsync(StatusCode.NotFound, () => call(odd, ""));
                if (odd.Length > 0)
                {
                    await RefusesAsync(StatusCode.InvalidArgument, () => call(task.Id, odd));
                }
            }
        }

        await GoesOnAsync(shim, task);
    }

    [TestCase("containerd.task.v3.Task", "NoSuchMethod")]
    [TestCase("no.such.Service", "State")]
    public async Task Method_ThatIsUnknown_IsUnimplemented(string service, string method)
    {
        (RawShim shim, RawTask task) = await RunAsync();

        int code = await RawCall.StatusCodeAsync(shim.SocketPath, method, new StateRequest { Id = task.Id }, TimeSpan.FromSeconds(5), service);

        Assert.That(code, Is.EqualTo((int)StatusCode.Unimplemented));
        await GoesOnAsync(shim, task);
    }

    [Test]
    public async Task Create_WithABadBundleOrOptions_SaysWhatIsWrong()
    {
        (RawShim shim, RawTask task) = await RunAsync();
        TestBundle empty = Bundle();
        File.Delete(empty.PathOf("config.json"));
        await FailsAsync(empty, _ => { }, StatusCode.Unknown, "config.json");
        TestBundle broken = Bundle();
        await File.WriteAllTextAsync(broken.PathOf("config.json"), "{\"ociVersion\":");
        await FailsAsync(broken, _ => { }, StatusCode.Unknown, "OCI runtime create failed");
        TestBundle gone = Bundle();
        await FailsAsync(gone, request => request.Bundle = gone.PathOf("no/such"), StatusCode.NotFound, "options.json: no such file or directory");
        await FailsAsync(
            Bundle(), request => request.Options = new Any { TypeUrl = TypeUrls.RuncOptions, Value = ByteString.CopyFromUtf8("\xff\xff\xff") }, StatusCode.InvalidArgument, "containerd.runc.v1.Options");
        await FailsAsync(
            Bundle(), request => request.Options = new Any { TypeUrl = "x.Y", Value = ByteString.CopyFromUtf8("z") }, StatusCode.Unknown, "type with url x.Y: not found");
        await FailsAsync(
            Bundle(), request => request.Options = TypeUrls.Pack(TypeUrls.RuncOptions, new Options { BinaryName = "no-such-runtime" }), StatusCode.Unknown, "no-such-runtime");
        await FailsAsync(Bundle(), request => request.Stdout = "gopher://somewhere", StatusCode.Unknown, "unknown STDIO scheme gopher");
        await FailsAsync(Bundle(), request => request.Checkpoint = "/dev/null/image", null, "", starts: true);
        await GoesOnAsync(shim, task);

        async Task FailsAsync(TestBundle bundle, Action<CreateTaskRequest> change, StatusCode? code, string text, bool starts = false)
        {
            RpcException? failure = starts
                ? await Assert.CatchAsync<RpcException>((await shim.CreateAsync(bundle, change)).StartAsync)
                : await Assert.CatchAsync<RpcException>(() => shim.CreateAsync(bundle, change));
            Assert.That(failure?.StatusCode, code is null ? Is.Not.EqualTo(StatusCode.DeadlineExceeded) : Is.EqualTo(code), text);
            Assert.That(failure?.Status.Detail, Does.Contain(text));
            if (starts)
            {
                await shim.Client.DeleteAsync(new DeleteRequest { Id = bundle.Id }, Within);
            }
        }
    }

    private static Any Json(string text) => new() { TypeUrl = TypeUrls.OciProcess, Value = ByteString.CopyFromUtf8(text) };

    /// <summary>The methods that take the ids of a container and of a process.</summary>
    private static IEnumerable<Func<string, string, Task>> Calls(WireTask.TaskClient client) =>
    [
        async (id, exec) => await client.StartAsync(new StartRequest { Id = id, ExecId = exec }, Within),
        async (id, exec) => await client.DeleteAsync(new DeleteRequest { Id = id, ExecId = exec }, Within),
        async (id, exec) => await client.StateAsync(new StateRequest { Id = id, ExecId = exec }, Within),
        async (id, exec) => await client.KillAsync(new KillRequest { Id = id, ExecId = exec, Signal = 9 }, Within),
        async (id, exec) => await client.WaitAsync(new WaitRequest { Id = id, ExecId = exec }, Within),
        async (id, exec) => await client.CloseIOAsync(new CloseIORequest { Id = id, ExecId = exec }, Within),
        async (id, exec) => await client.ResizePtyAsync(new ResizePtyRequest { Id = id, ExecId = exec, Width = 1, Height = 1 }, Within),
    ];

    private static async Task RefusesAsync<T>(StatusCode code, Func<AsyncUnaryCall<T>> call) => await RefusesAsync(code, async () => await call());

    private static async Task RefusesAsync(StatusCode code, Func<Task> call)
    {
        RpcException? failure = await Assert.CatchAsync<RpcException>(() => call());
        Assert.That(failure?.StatusCode, Is.EqualTo(code), failure?.Status.Detail);
        Assert.That(failure?.Status.Detail, Is.Not.Empty);
    }

    private TestBundle Bundle() => Site.NewBundle(new BundleOptions { Group = "g" });

    private async Task<(RawShim Shim, RawTask Task)> RunAsync()
    {
        TestBundle bundle = Bundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        return (shim, await shim.RunAsync(bundle));
    }

    /// <summary>The shim lives, and its container knows of nothing.</summary>
    private async Task GoesOnAsync(RawShim shim, RawTask task)
    {
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That(await task.ExecToEndAsync("last", "true"), Is.Zero);
        await task.KillAndDeleteAsync();
        await Site.AssertNothingIsLeftAsync(shim);
    }
}
