using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Containers;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class IdleWaitTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private FakeTimeProvider _time = null!;
    private ContainerTable _containers = null!;
    private Task _wait = null!;

    [SetUp]
    public void Begin()
    {
        _time = new FakeTimeProvider();
        _containers = new ContainerTable();
        _wait = IdleWait.EndAsync(_containers, Timeout, _time, new TaskCompletionSource().Task);
    }

    [Test]
    public void Shim_ThatNobodyUses_EndsAfterTheTimeout()
    {
        _time.Advance(Timeout - TimeSpan.FromTicks(1));
        Assert.That(_wait.IsCompleted, Is.False);

        _time.Advance(TimeSpan.FromTicks(1));

        Assert.That(_wait.IsCompletedSuccessfully);
        Assert.That(Assert.Throws<ShimException>(() => _containers.Reserve("c"))?.Code, Is.EqualTo(ShimErrorCode.Unavailable));
    }

    [Test]
    public void Shim_WithAContainer_Stays()
    {
        _containers.Reserve("c");

        _time.Advance(Timeout);
        _time.Advance(Timeout);
        _time.Advance(Timeout);

        Assert.That(_wait.IsCompleted, Is.False);
    }

    [Test]
    public void Shim_WhoseContainerHasJustGone_StaysForAnother()
    {
        _containers.Reserve("c");
        _time.Advance(Timeout);
        _containers.Remove("c");

        _time.Advance(Timeout);
        Assert.That(_wait.IsCompleted, Is.False);

        _time.Advance(Timeout);
        Assert.That(_wait.IsCompletedSuccessfully);
    }

    [Test]
    public void Shim_ThatEndsForAnotherReason_WaitsNoLonger()
    {
        TaskCompletionSource ended = new();
        Task wait = IdleWait.EndAsync(_containers, Timeout, _time, ended.Task);

        ended.SetResult();

        Assert.That(wait.IsCompletedSuccessfully);
    }
}
