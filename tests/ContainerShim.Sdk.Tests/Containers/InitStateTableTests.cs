using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

/// <summary>Every operation on an init process in every state, with the exact refusal.</summary>
internal sealed class InitStateTableTests
{
    private static readonly byte[] _json = "{}"u8.ToArray();

    private static readonly (ProcessState State, Operation Operation, string Text)[] _refused =
    [
        (ProcessState.Created, Operation.Pause, "cannot pause task in created state"),
        (ProcessState.Created, Operation.Resume, "cannot resume task in created state"),
        (ProcessState.Created, Operation.Checkpoint, "cannot checkpoint a task in created state"),
        (ProcessState.CreatedFromCheckpoint, Operation.Pause, "cannot pause task in created state"),
        (ProcessState.CreatedFromCheckpoint, Operation.Resume, "cannot resume task in created state"),
        (ProcessState.CreatedFromCheckpoint, Operation.Checkpoint, "cannot checkpoint a task in created state"),
        (ProcessState.CreatedFromCheckpoint, Operation.Exec, "cannot exec in a created state"),
        (ProcessState.Running, Operation.Start, "cannot start a running process"),
        (ProcessState.Running, Operation.Delete, "cannot delete a running process"),
        (ProcessState.Running, Operation.Resume, "cannot resume a running process"),
        (ProcessState.Paused, Operation.Start, "cannot start a paused process"),
        (ProcessState.Paused, Operation.Delete, "cannot delete a paused process"),
        (ProcessState.Paused, Operation.Pause, "cannot pause a paused container"),
        (ProcessState.Paused, Operation.Exec, "cannot exec in a paused state"),
        (ProcessState.Stopped, Operation.Start, "cannot start a stopped process"),
        (ProcessState.Stopped, Operation.Pause, "cannot pause a stopped container"),
        (ProcessState.Stopped, Operation.Resume, "cannot resume a stopped container"),
        (ProcessState.Stopped, Operation.Update, "cannot update a stopped container"),
        (ProcessState.Stopped, Operation.Checkpoint, "cannot checkpoint a stopped container"),
        (ProcessState.Stopped, Operation.Exec, "cannot exec in a stopped state"),
    ];

    private static IEnumerable<TestCaseData> Refused() => _refused.Select(row => new TestCaseData(row.State, row.Operation, row.Text));

    private static IEnumerable<TestCaseData> Allowed() =>
        from state in new[]
        {
            ProcessState.Created, ProcessState.CreatedFromCheckpoint, ProcessState.Running, ProcessState.Paused, ProcessState.Stopped,
        }
        from operation in Enum.GetValues<Operation>()
        where !_refused.Any(row => row.State == state && row.Operation == operation)
        // What the runtime knows nothing of it cannot kill.
        where operation != Operation.Kill || state is not (ProcessState.Stopped or ProcessState.CreatedFromCheckpoint)
        select new TestCaseData(state, operation);

    private static Operation[] Operations() => Enum.GetValues<Operation>();

    [TestCaseSource(nameof(Refused))]
    public void Operation_NotAllowedInState_IsRefusedWithItsText(object state, object operation, string text)
    {
        EngineHarness engine = In((ProcessState)state);

        ShimException refusal = DoAsync(engine, (Operation)operation).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.Unknown, text)));
    }

    [TestCaseSource(nameof(Allowed))]
    public void Operation_AllowedInState_Succeeds(object state, object operation)
    {
        EngineHarness engine = In((ProcessState)state);

        DoAsync(engine, (Operation)operation).Now();

        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    [Test]
    public void Kill_Stopped_IsAskedOfTheRuntimeAndNotFound()
    {
        EngineHarness engine = In(ProcessState.Stopped);

        ShimException refusal = DoAsync(engine, Operation.Kill).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.NotFound, "process already finished: not found")));
        Assert.That(engine.Calls.WasMade("runtime.kill c 9"));
    }

    [Test]
    public void Kill_CreatedFromCheckpoint_IsAskedOfTheRuntime()
    {
        EngineHarness engine = In(ProcessState.CreatedFromCheckpoint);

        ShimException refusal = DoAsync(engine, Operation.Kill).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.NotFound, "no such container: not found")));
    }

    [TestCase(ProcessState.Created, ContainerStatus.Created)]
    [TestCase(ProcessState.CreatedFromCheckpoint, ContainerStatus.Created)]
    [TestCase(ProcessState.Running, ContainerStatus.Running)]
    [TestCase(ProcessState.Paused, ContainerStatus.Paused)]
    [TestCase(ProcessState.Stopped, ContainerStatus.Stopped)]
    public void Questions_AnyState_AreAnswered(object state, ContainerStatus status)
    {
        EngineHarness engine = In((ProcessState)state);

        Assert.That(engine.Status("c"), Is.EqualTo(status));
        engine.Service.CloseIOAsync(new CloseIORequest("c")).Now();
        engine.Service.ConnectAsync(new ConnectRequest("c")).Now();
        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c"));
        Assert.That(wait.IsCompleted, Is.EqualTo(status == ContainerStatus.Stopped));
    }

    [TestCase(Operation.Start, ShimErrorCode.Unknown, "cannot start a deleted process")]
    [TestCase(Operation.Pause, ShimErrorCode.Unknown, "cannot pause a deleted process")]
    [TestCase(Operation.Resume, ShimErrorCode.Unknown, "cannot resume a deleted process")]
    [TestCase(Operation.Update, ShimErrorCode.Unknown, "cannot update a deleted process")]
    [TestCase(Operation.Checkpoint, ShimErrorCode.Unknown, "cannot checkpoint a deleted process")]
    [TestCase(Operation.Resize, ShimErrorCode.Unknown, "cannot resize a deleted process")]
    [TestCase(Operation.Exec, ShimErrorCode.Unknown, "cannot exec in a deleted state")]
    [TestCase(Operation.Delete, ShimErrorCode.NotFound, "cannot delete a deleted process: not found")]
    [TestCase(Operation.Kill, ShimErrorCode.NotFound, "cannot kill a deleted process: not found")]
    public void DemandInit_Deleted_IsRefusedWithItsText(object operation, ShimErrorCode code, string text)
    {
        ShimException refusal = Assert.Throws<ShimException>(() => StateRules.DemandInit(ProcessState.Deleted, (Operation)operation))!;

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((code, text)));
    }

    [TestCaseSource(nameof(Operations))]
    public void Operation_UnknownContainer_IsNotFound(object operation)
    {
        EngineHarness engine = new();

        ShimException refusal = DoAsync(engine, (Operation)operation).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.NotFound, "container not created: not found")));
    }

    private static EngineHarness In(ProcessState state)
    {
        EngineHarness engine = new();
        CreateTaskRequest request = Requests.Create("c");
        engine.Service.CreateAsync(state == ProcessState.CreatedFromCheckpoint ? request with { Checkpoint = "/image" } : request).Now();
        if (state is ProcessState.Running or ProcessState.Paused)
        {
            engine.Service.StartAsync(new StartRequest("c")).Now();
        }

        if (state == ProcessState.Paused)
        {
            engine.Service.PauseAsync(new PauseRequest("c")).Now();
        }

        if (state == ProcessState.Stopped)
        {
            engine.Kernel.Exit(engine.State("c").Pid, 0);
        }

        return engine;
    }

    private static Task DoAsync(EngineHarness engine, Operation operation) => operation switch
    {
        Operation.Start => engine.Service.StartAsync(new StartRequest("c")),
        Operation.Pause => engine.Service.PauseAsync(new PauseRequest("c")),
        Operation.Resume => engine.Service.ResumeAsync(new ResumeRequest("c")),
        Operation.Update => engine.Service.UpdateAsync(new UpdateRequest("c", _json)),
        Operation.Checkpoint => engine.Service.CheckpointAsync(new CheckpointRequest("c", new RuntimeCheckpoint { ImagePath = "/image" })),
        Operation.Exec => engine.Service.ExecAsync(Requests.Exec("c", "e")),
        Operation.Resize => engine.Service.ResizePtyAsync(new ResizePtyRequest { Id = "c", Width = 80, Height = 25 }),
        Operation.Delete => engine.Service.DeleteAsync(new DeleteRequest("c")),
        Operation.Kill => engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 9 }),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };
}
