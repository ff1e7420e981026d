using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Embedding;

internal sealed class RemovalTests
{
    [Test]
    public async Task Dispose_OfALeavingEnginesContainer_LeavesIt()
    {
        EmbeddedHarness harness = new(leavesContainers: true);
        ShimContainer container = harness.Run("c");
        using CancellationTokenSource stopping = new();

        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), async () =>
        {
            await using (container)
            {
                await stopping.CancelAsync();
                await container.WaitAsync(stopping.Token);
            }
        });

        Assert.That(container.Status, Is.EqualTo(ContainerStatus.Running));
        Assert.That(harness.Engine.Calls.Made, Has.None.StartsWith("runtime.kill").And.None.StartsWith("runtime.delete"));
    }

    [Test]
    public async Task Remove_OfALeavingEnginesContainer_KillsAndDeletesIt()
    {
        EmbeddedHarness harness = new(leavesContainers: true);
        ShimContainer container = harness.Run("c");

        await container.RemoveAsync().WaitAsync(OsFixture.Bound);
        await container.RemoveAsync().WaitAsync(OsFixture.Bound);

        Assert.That(container.Exit?.ExitCode, Is.EqualTo(137));
        Assert.That(harness.Engine.Calls.Made.Count(static call => call.StartsWith("runtime.delete c", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(harness.Engine.Leftovers(), Is.Empty);
    }

    [Test]
    public async Task Delete_OfAContainerWhoseIdIsAnothersByNow_LeavesThatOne()
    {
        EmbeddedHarness harness = new();
        harness.Engine.Service.CreateAsync(Requests.Create("c")).Now();
        Container first = harness.Engine.Service.Containers.Get("c");
        await harness.Engine.Service.DeleteAsync(new DeleteRequest("c"));
        harness.Engine.Service.CreateAsync(Requests.Create("c")).Now();

        ShimException error = await Failure.OfAsync(() => harness.Engine.Service.DeleteAsync(first, CancellationToken.None));

        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That(harness.Engine.Status("c"), Is.EqualTo(ContainerStatus.Created));
    }

    [Test]
    public async Task Dispose_ThatWasCutShort_IsTriedAgain()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        harness.Engine.Calls.Next("runtime.delete", CallPlan.Fail(new OperationCanceledException("the runtime's own limit")));

        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => container.DisposeAsync().AsTask().WaitAsync(OsFixture.Bound));
        await container.DisposeAsync().AsTask().WaitAsync(OsFixture.Bound);

        Assert.That(harness.Engine.Leftovers(), Is.Empty);
    }

    [Test]
    public async Task EndWithTheEngine_OfAContainerWhoseDisposalFailed_RemovesIt()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        harness.Engine.Calls.Next("runtime.delete", CallPlan.Fail("busy"));
        await Assert.ThrowsAsync<ShimException>(() => container.DisposeAsync().AsTask().WaitAsync(OsFixture.Bound));

        await harness.Calls.EndAsync();
        await container.EndWithEngineAsync().WaitAsync(OsFixture.Bound);

        Assert.That(harness.Engine.Leftovers(), Is.Empty);
    }

    [Test]
    public async Task Handle_OfAContainerWhoseIdIsAnothersByNow_TellsNothingOfThatOne()
    {
        EmbeddedHarness harness = new();
        ShimContainer first = harness.Run("c");
        await first.RemoveAsync().WaitAsync(OsFixture.Bound);
        harness.Run("c");

        Assert.That((await Failure.OfAsync(() => first.PidsAsync())).Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That((await Failure.OfAsync(() => first.StatsAsync())).Code, Is.EqualTo(ShimErrorCode.NotFound));
    }

    [Test]
    public async Task Remove_Cancelled_MayBeCalledAgain()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");

        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => container.RemoveAsync(new CancellationToken(canceled: true)));
        await container.RemoveAsync().WaitAsync(OsFixture.Bound);

        Assert.That(harness.Engine.Leftovers(), Is.Empty);
    }
}
