using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Tasks;

internal sealed class ShutdownTests
{
    [Test]
    public void Shutdown_NoContainer_EndsTheShim()
    {
        EngineHarness engine = new();

        engine.Service.ShutdownAsync(new ShutdownRequest("c")).Now();

        Assert.That(engine.Service.ShutdownRequested.IsCompleted);
    }

    [Test]
    public void Shutdown_Container_IsIgnored()
    {
        EngineHarness engine = new();
        engine.Run("c");

        engine.Service.ShutdownAsync(new ShutdownRequest("c", Now: true)).Now();

        Assert.That(engine.Service.ShutdownRequested.IsCompleted, Is.False);
        engine.Run("d");
    }

    [Test]
    public void Shutdown_ContainerBeingCreated_IsIgnored()
    {
        EngineHarness engine = new();
        engine.Calls.Next("mount", CallPlan.Hold);
        Task<CreateTaskResult> create = engine.Service.CreateAsync(Requests.Create("c"));

        engine.Service.ShutdownAsync(new ShutdownRequest("c")).Now();
        engine.Calls.HeldOf("mount").Release();

        create.Now();
        Assert.That(engine.Service.ShutdownRequested.IsCompleted, Is.False);
    }

    [Test]
    public void Shutdown_LastContainerDeleted_EndsTheShim()
    {
        EngineHarness engine = new();
        engine.Kernel.Exit(engine.Run("c"), 0);
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        engine.Service.ShutdownAsync(new ShutdownRequest("c")).Now();

        Assert.That(engine.Service.ShutdownRequested.IsCompleted);
    }

    [Test]
    public void Create_AfterShutdown_IsUnavailable()
    {
        EngineHarness engine = new();
        engine.Service.ShutdownAsync(new ShutdownRequest("c")).Now();

        ShimException refusal = engine.Service.CreateAsync(Requests.Create("c")).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.Unavailable, "the shim is shutting down: unavailable")));
    }

    [Test]
    public void TryClose_IdReserved_StaysOpen()
    {
        Sdk.Containers.ContainerTable table = new();
        table.Reserve("c");

        Assert.That(table.TryClose(), Is.False);
        table.Remove("c");
        Assert.That(table.TryClose());

        Assert.That(Assert.Throws<ShimException>(() => table.Reserve("c"))!.Code, Is.EqualTo(ShimErrorCode.Unavailable));
    }

    [Test]
    public void Connect_UnknownContainer_IsNoError()
    {
        EngineHarness engine = new();

        Assert.That(engine.Service.ConnectAsync(new ConnectRequest("c")).Now(), Is.EqualTo(new ConnectResult(Environment.ProcessId, 0, "")));
    }
}
