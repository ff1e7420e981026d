using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class OperationGateTests
{
    [SetUp]
    public void SetUp() => Inline.Allow();

    [Test]
    public void Enter_Taken_LetsInOneByOneInOrder()
    {
        OperationGate gate = new(TaskCreationOptions.None);
        OperationGate.Pass inside = Enter(gate).Result;
        Task<OperationGate.Pass>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => Enter(gate))];

        for (int i = 0; i < waiting.Length; i++)
        {
            inside.Dispose();
            Assert.That(waiting.Select(pass => pass.IsCompleted), Is.EqualTo(Enumerable.Range(0, 3).Select(n => n <= i)));
            inside = waiting[i].Result;
        }

        inside.Dispose();
        Assert.That(Enter(gate).IsCompleted);
    }

    [Test]
    public void Enter_CancelledWhileWaiting_GivesUpItsPlace()
    {
        OperationGate gate = new(TaskCreationOptions.None);
        OperationGate.Pass inside = Enter(gate).Result;
        using CancellationTokenSource cancel = new();
        Task<OperationGate.Pass> cancelled = Enter(gate, cancel.Token);
        Task<OperationGate.Pass> next = Enter(gate);

        cancel.Cancel();
        Assert.That((cancelled.IsCanceled, next.IsCompleted), Is.EqualTo((true, false)));
        inside.Dispose();

        Assert.That(next.IsCompletedSuccessfully);
    }

    [Test]
    public void Enter_CancelledBefore_DoesNotEnter()
    {
        OperationGate gate = new(TaskCreationOptions.None);

        Assert.That(Enter(gate, new CancellationToken(true)).IsCanceled);

        Assert.That(Enter(gate).IsCompletedSuccessfully);
    }

    [Test]
    public void Enter_CancelledAfterEntering_StaysInside()
    {
        OperationGate gate = new(TaskCreationOptions.None);
        using CancellationTokenSource cancel = new();
        OperationGate.Pass inside = Enter(gate, cancel.Token).Result;

        cancel.Cancel();

        Task<OperationGate.Pass> next = Enter(gate);
        Assert.That(next.IsCompleted, Is.False);
        inside.Dispose();
        Assert.That(next.IsCompletedSuccessfully);
    }

    private static Task<OperationGate.Pass> Enter(OperationGate gate, CancellationToken cancellationToken = default) =>
        gate.EnterAsync(cancellationToken).AsTask();
}
