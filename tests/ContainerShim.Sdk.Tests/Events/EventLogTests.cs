using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Tests.Fakes;
using NSubstitute;

namespace ContainerShim.Sdk.Tests.Events;

internal sealed class EventLogTests
{
    [Test]
    public async Task Dispose_OfTheLog_DisposesOfThePublisherItOwns()
    {
        IEventPublisher publisher = Substitute.For<IEventPublisher>();
        EventLog log = new("k8s.io", publisher, new EventLogOptions(), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        await log.DisposeAsync();

        Assert.That(publisher.ReceivedCalls().Select(static call => call.GetMethodInfo().Name), Is.EqualTo(new[] { "DisposeAsync" }));
    }

    [Test]
    public void Append_ReceiverIsThere_DeliversInOrder()
    {
        EventLogFixture log = new();

        log.Append(3);

        Assert.That(log.Delivered, Is.EqualTo(new long[] { 1, 2, 3 }));
        Assert.That(log.Log.Pending, Is.Zero);
    }

    [Test]
    public void Append_ReceiverIsSlow_HandsOverOneAtATime()
    {
        EventLogFixture log = new();
        log.Calls.Next("publish", CallPlan.Hold);
        log.Append(3);
        Assert.That((log.Calls.Made.Count, log.Log.Pending), Is.EqualTo((1, 3)));

        log.Calls.HeldOf("publish").Release();

        Assert.That(log.Delivered, Is.EqualTo(new long[] { 1, 2, 3 }));
    }

    [Test]
    public void Append_ReceiverAwayForTenMinutes_LosesNothing()
    {
        EventLogFixture log = new();
        log.Refuse();
        log.Append(1000);
        for (int i = 0; i < 6000; i++)
        {
            log.Time.Advance(TimeSpan.FromMilliseconds(100));
        }

        log.Accept();
        log.Time.Advance(log.Options.LongestRetryDelay);

        Assert.That(log.Delivered, Is.EqualTo(Enumerable.Range(1, 1000)));
        Assert.That(log.Calls.Made, Has.Count.LessThan(3000), "it does not retry all the time");
    }

    [Test]
    public void Append_ReceiverFails_RetriesWithGrowingDelays()
    {
        EventLogFixture log = new();
        log.Refuse();
        DateTimeOffset start = log.Time.GetUtcNow();
        log.Append(1);
        List<double> attempts = [];
        for (int i = 0; i < 3000; i++)
        {
            int before = log.Calls.Made.Count;
            log.Time.Advance(TimeSpan.FromMilliseconds(1));
            if (log.Calls.Made.Count > before)
            {
                attempts.Add((log.Time.GetUtcNow() - start).TotalMilliseconds);
            }
        }

        Assert.That(attempts.Take(6), Is.EqualTo(new[] { 25.0, 75, 175, 375, 775, 1275 }));
    }

    [Test]
    public void Append_ReceiverHangs_EndsTheAttemptAndTriesAgain()
    {
        EventLogFixture log = new();
        log.Calls.Next("publish", CallPlan.Hold);
        log.Append(2);

        log.Time.Advance(log.Options.AttemptTimeout);
        log.Time.Advance(log.Options.FirstRetryDelay);

        Assert.That(log.Delivered, Is.EqualTo(new long[] { 1, 2 }));
    }

    [Test]
    public void Append_ReceiverIsSlow_GetsTwiceTheTimeWithEachAttempt()
    {
        EventLogFixture log = new();
        log.Calls.Otherwise = _ => CallPlan.Hold;
        log.Append(1);
        List<double> times = [];
        for (int i = 0; i < 6; i++)
        {
            int held = log.Calls.Held.Count;
            DateTimeOffset begun = log.Time.GetUtcNow();
            while (log.Calls.Held.Count == held && held > 0)
            {
                log.Time.Advance(TimeSpan.FromSeconds(1));
            }

            times.Add((log.Time.GetUtcNow() - begun).TotalSeconds);
            while (log.Calls.Held.Count == 0)
            {
                log.Time.Advance(log.Options.FirstRetryDelay);
            }
        }

        Assert.That(times, Is.EqualTo(new[] { 5.0, 10, 20, 40, 60, 60 }));
    }

    [Test]
    public void Append_ReceiverRejects_GoesOnWithTheNext()
    {
        EventLogFixture log = new();
        log.Calls.Next("publish", CallPlan.Fail(new EventRejectedException("too large")));

        log.Append(2);

        Assert.That(log.Delivered, Is.EqualTo(new long[] { 2 }));
        Assert.That(log.Log.Pending, Is.Zero);
    }

    [Test]
    public void Append_AtTheCapacity_GivesUpTheOldestButNoExit()
    {
        EventLogFixture log = new(new EventLogOptions { Capacity = 3 });
        log.Refuse();
        log.Append(1, EventLogFixture.Precious);
        log.Append(1);
        log.Append(1, EventLogFixture.Precious);
        log.Append(1);
        log.Append(2, EventLogFixture.Precious);

        log.Accept();
        log.Time.Advance(log.Options.LongestRetryDelay);

        Assert.That(log.Delivered, Is.EqualTo(new long[] { 1, 3, 5, 6 }));
    }

    [Test]
    public void Append_HeadGivenUpWhileBeingDelivered_IsNotTakenForAnother()
    {
        EventLogFixture log = new(new EventLogOptions { Capacity = 1 });
        log.Calls.Next("publish", CallPlan.Hold);
        log.Append(1);
        log.Append(1, EventLogFixture.Precious);

        log.Calls.HeldOf("publish").Release();

        Assert.That(log.Delivered, Is.EqualTo(new long[] { 1, 2 }));
    }

    [Test]
    public void Append_AnyEvent_IsStampedWithTimeAndNamespace()
    {
        EventLogFixture log = new();
        log.Refuse();
        DateTimeOffset then = log.Time.GetUtcNow();
        log.Append(1);

        log.Accept();
        log.Time.Advance(TimeSpan.FromSeconds(1));

        EventEnvelope expected = new() { Sequence = 1, Timestamp = then, ContainerdNamespace = "ns", Event = EventLogFixture.Expendable };
        Assert.That(log.Publisher.Delivered, Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void Append_PublisherThrowsAtOnce_IsRetried()
    {
        Inline.Allow();
        IEventPublisher publisher = Substitute.For<IEventPublisher>();
        publisher.PublishAsync(default!, default).ReturnsForAnyArgs(_ => throw new InvalidOperationException(), _ => Task.CompletedTask);
        Microsoft.Extensions.Time.Testing.FakeTimeProvider time = new();
        EventLog log = new(
            "ns", publisher, new EventLogOptions(), time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TaskCreationOptions.None);

        log.Append(EventLogFixture.Expendable);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.That(log.Pending, Is.Zero);
        publisher.ReceivedWithAnyArgs(2).PublishAsync(default!, default);
    }

    [Test]
    public void Flush_NothingPending_EndsAtOnce() => new EventLogFixture().Log.FlushAsync(CancellationToken.None).Now();

    [Test]
    public void Flush_Pending_EndsWhenDelivered()
    {
        EventLogFixture log = new();
        log.Refuse();
        log.Append(2);
        Task flush = log.Log.FlushAsync(CancellationToken.None);
        Assert.That(flush.IsCompleted, Is.False);

        log.Accept();
        log.Time.Advance(log.Options.LongestRetryDelay);

        flush.Now();
    }

    [Test]
    public void Flush_Cancelled_Ends()
    {
        EventLogFixture log = new();
        log.Refuse();
        log.Append(1);
        using CancellationTokenSource cancel = new();
        Task flush = log.Log.FlushAsync(cancel.Token);

        cancel.Cancel();

        Assert.That(flush.IsCanceled);
    }

    [Test]
    public async Task Dispose_Retrying_EndsAtOnceAndEndsFlushes()
    {
        EventLogFixture log = new();
        log.Refuse();
        log.Append(1);
        Task flush = log.Log.FlushAsync(CancellationToken.None);

        await log.Log.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.That(flush.IsFaulted);
        Assert.That(log.Publisher.IsDisposed);
        Assert.That(log.Log.FlushAsync(CancellationToken.None).IsFaulted, "nothing will ever be delivered");
    }

    [Test]
    public async Task Dispose_AttemptHangs_EndsAtOnce()
    {
        EventLogFixture log = new();
        log.Calls.Next("publish", CallPlan.Hold);
        log.Append(2);

        await log.Log.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.That(log.Delivered, Is.Empty);
    }

    [Test]
    public void Append_AfterDispose_IsIgnored()
    {
        EventLogFixture log = new();
        log.Log.DisposeAsync().AsTask().Now();

        log.Append(1);

        Assert.That(log.Calls.Made, Is.Empty);
    }
}
