using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

/// <summary>Every operation on an exec in every state, with the exact refusal.</summary>
internal sealed class ExecStateTableTests
{
    [TestCase(ProcessState.Created, Operation.Start)]
    [TestCase(ProcessState.Created, Operation.Delete)]
    [TestCase(ProcessState.Created, Operation.Resize)]
    [TestCase(ProcessState.Running, Operation.Kill)]
    [TestCase(ProcessState.Running, Operation.Resize)]
    [TestCase(ProcessState.Stopped, Operation.Delete)]
    public void Operation_AllowedInState_Succeeds(object state, object operation)
    {
        EngineHarness engine = In((ProcessState)state);

        DoAsync(engine, (Operation)operation).Now();

        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    [TestCase(ProcessState.Created, Operation.Kill, ShimErrorCode.FailedPrecondition, "process not created: failed precondition")]
    [TestCase(ProcessState.Running, Operation.Start, ShimErrorCode.Unknown, "cannot start a running process")]
    [TestCase(ProcessState.Running, Operation.Delete, ShimErrorCode.Unknown, "cannot delete a running process")]
    [TestCase(ProcessState.Stopped, Operation.Start, ShimErrorCode.Unknown, "cannot start a stopped process")]
    [TestCase(ProcessState.Stopped, Operation.Resize, ShimErrorCode.Unknown, "cannot resize a stopped container")]
    [TestCase(ProcessState.Stopped, Operation.Kill, ShimErrorCode.NotFound, "process already finished: not found")]
    [TestCase(ProcessState.Deleted, Operation.Start, ShimErrorCode.NotFound, "process does not exist e: not found")]
    [TestCase(ProcessState.Deleted, Operation.Delete, ShimErrorCode.NotFound, "process does not exist e: not found")]
    [TestCase(ProcessState.Deleted, Operation.Kill, ShimErrorCode.NotFound, "process does not exist e: not found")]
    [TestCase(ProcessState.Deleted, Operation.Resize, ShimErrorCode.NotFound, "process does not exist e: not found")]
    public void Operation_NotAllowedInState_IsRefusedWithItsText(object state, object operation, ShimErrorCode code, string text)
    {
        EngineHarness engine = In((ProcessState)state);

        ShimException refusal = DoAsync(engine, (Operation)operation).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((code, text)));
    }

    [TestCase(Operation.Start, ShimErrorCode.Unknown, "cannot start a deleted process")]
    [TestCase(Operation.Resize, ShimErrorCode.Unknown, "cannot resize a deleted process")]
    [TestCase(Operation.Delete, ShimErrorCode.NotFound, "cannot delete a deleted process: not found")]
    [TestCase(Operation.Kill, ShimErrorCode.NotFound, "cannot kill a deleted process: not found")]
    public void DemandExec_Deleted_IsRefusedWithItsText(object operation, ShimErrorCode code, string text)
    {
        ShimException refusal = Assert.Throws<ShimException>(() => StateRules.DemandExec(ProcessState.Deleted, (Operation)operation))!;

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((code, text)));
    }

    [Test]
    public void Exec_IdInUse_IsRefused()
    {
        EngineHarness engine = In(ProcessState.Created);

        ShimException refusal = engine.Service.ExecAsync(Requests.Exec("c", "e")).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.AlreadyExists, "id e: already exists")));
    }

    [Test]
    public void Exec_IdOfTheContainer_IsRefused()
    {
        EngineHarness engine = new();
        engine.Run("c");

        ShimException refusal = engine.Service.ExecAsync(Requests.Exec("c", "c")).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.AlreadyExists, "id c: already exists")));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{")]
    public void Exec_SpecificationIsNoObject_IsInvalid(string json)
    {
        EngineHarness engine = new();
        engine.Run("c");

        Task exec = engine.Service.ExecAsync(Requests.Exec("c", "e") with { ProcessSpec = System.Text.Encoding.UTF8.GetBytes(json) });

        Assert.That(exec.Refusal().Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
    }

    [Test]
    public void State_ContainerPaused_IsShownByItsExecs()
    {
        EngineHarness engine = In(ProcessState.Running);

        engine.Service.PauseAsync(new PauseRequest("c")).Now();

        Assert.That(engine.Status("c", "e"), Is.EqualTo(ContainerStatus.Paused));
    }

    [Test]
    public void State_Exec_IsWhatTheRequestSaid()
    {
        EngineHarness engine = new();
        engine.Run("c");
        StdioPaths paths = new() { Stdout = "/out", Terminal = true };
        engine.Service.ExecAsync(Requests.Exec("c", "e") with { Stdio = paths }).Now();

        StateResult state = engine.State("c", "e");

        Assert.That((state.Id, state.Bundle, state.Pid, state.Stdio), Is.EqualTo(("e", "/bundles/c", 0, paths)));
    }

    private static EngineHarness In(ProcessState state)
    {
        EngineHarness engine = new();
        engine.Run("c");
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        if (state is ProcessState.Running or ProcessState.Stopped)
        {
            int pid = engine.Service.StartAsync(new StartRequest("c", "e")).Now().Pid;
            if (state == ProcessState.Stopped)
            {
                engine.Kernel.Exit(pid, 3);
            }
        }

        if (state == ProcessState.Deleted)
        {
            engine.Service.DeleteAsync(new DeleteRequest("c", "e")).Now();
        }

        return engine;
    }

    private static Task DoAsync(EngineHarness engine, Operation operation) => operation switch
    {
        Operation.Start => engine.Service.StartAsync(new StartRequest("c", "e")),
        Operation.Resize => engine.Service.ResizePtyAsync(new ResizePtyRequest { Id = "c", ExecId = "e", Width = 80, Height = 25 }),
        Operation.Delete => engine.Service.DeleteAsync(new DeleteRequest("c", "e")),
        Operation.Kill => engine.Service.KillAsync(new KillRequest { Id = "c", ExecId = "e", Signal = 9 }),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };
}
