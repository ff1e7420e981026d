using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class IdleWaitTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private TimersTold _time = null!;
    private ContainerTable _containers = null!;
    private TaskCompletionSource _ended = null!;
    private Task _wait = null!;

    [SetUp]
    public async Task Begin()
    {
        _time = new TimersTold();
        _containers = new ContainerTable();
        _ended = new TaskCompletionSource();
        _wait = IdleWait.EndAsync(_containers, Timeout, _time, _ended.Task);
        await _time.Armed.WaitAsync();
    }

    [TearDown]
    public void Dispose() => _time.Armed.Dispose();

    [Test]
    public async Task Shim_ThatNobodyUses_EndsAfterTheTimeout()
    {
        Assert.That(await EndsAfterAsync());
        Assert.That(Assert.Throws<ShimException>(() => _containers.Reserve("c"))?.Code, Is.EqualTo(ShimErrorCode.Unavailable));
    }

    [Test]
    public async Task Shim_WithAContainer_Stays()
    {
        _containers.Reserve("c");
        Assert.That(await EndsAfterAsync(), Is.False);
        Assert.That(await EndsAfterAsync(), Is.False);
    }

    [Test]
    public async Task Shim_WhoseContainerHasJustGone_StaysForAnother()
    {
        _containers.Reserve("c");
        Assert.That(await EndsAfterAsync(), Is.False);
        _containers.Remove("c");
        Assert.That(await EndsAfterAsync(), Is.False);
        Assert.That(await EndsAfterAsync());
    }

    [Test]
    public async Task Shim_ThatEndsForAnotherReason_WaitsNoLonger()
    {
        _ended.SetResult();
        await _wait.WaitAsync(OsFixture.Bound);
    }

    /// <summary>Lets the timeout pass; whether the wait ends, rather than begins anew.</summary>
    private async Task<bool> EndsAfterAsync()
    {
        _time.Advance(Timeout);
        return await Task.WhenAny(_wait, _time.Armed.WaitAsync()).WaitAsync(OsFixture.Bound) == _wait;
    }

    /// <summary>Tells of each timer that is set.</summary>
    private sealed class TimersTold : FakeTimeProvider
    {
        internal SemaphoreSlim Armed { get; } = new(0);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            Armed.Release();
            return timer;
        }
    }
}
