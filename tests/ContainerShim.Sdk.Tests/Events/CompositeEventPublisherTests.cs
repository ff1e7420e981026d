using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Events;

internal sealed class CompositeEventPublisherTests
{
    private static readonly EventLogOptions Fast = new()
    {
        FirstRetryDelay = TimeSpan.FromMilliseconds(1),
        LongestRetryDelay = TimeSpan.FromMilliseconds(5),
    };

    [Test]
    public async Task Publish_EveryReceiver_GetsEveryEventOnceAndInOrder()
    {
        Receiver first = new();
        Receiver second = new();
        await using CompositeEventPublisher composite = new([first, second]);

        await PublishAsync(composite, 1, 2, 3);
        await composite.FlushAsync().WaitAsync(OsFixture.Bound);

        Assert.That(first.Sequences, Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(second.Sequences, Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public async Task Publish_ReceiverThatHangs_HoldsUpNobody()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Receiver stuck = new() { OnPublish = (_, cancellationToken) => gate.Task.WaitAsync(cancellationToken) };
        Receiver other = new();
        await using CompositeEventPublisher composite = new([stuck, other]);

        await PublishAsync(composite, 1, 2, 3).WaitAsync(OsFixture.Bound);

        await OsFixture.UntilAsync(() => other.Taken.Count() == 3);
        Assert.That(stuck.Taken, Is.Empty);
        Assert.That(((IBufferingPublisher)composite).Pending, Is.EqualTo(3));
        gate.SetResult();
        await composite.FlushAsync().WaitAsync(OsFixture.Bound);
        Assert.That(stuck.Sequences, Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public async Task Publish_ReceiverThatFailsForAWhile_CatchesUpAndOthersSeeNothingTwice()
    {
        bool isAway = true;
        Receiver flaky = new() { OnPublish = (_, _) => Volatile.Read(ref isAway) ? Task.FromException(new IOException("away")) : Task.CompletedTask };
        Receiver other = new();
        await using CompositeEventPublisher composite = new([flaky, other], Fast);
        await PublishAsync(composite, 1, 2);
        await OsFixture.UntilAsync(() => other.Taken.Count() == 2);

        Volatile.Write(ref isAway, false);
        await composite.FlushAsync().WaitAsync(OsFixture.Bound);

        Assert.That(flaky.Sequences, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(other.Sequences, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public async Task Exit_UntilEveryReceiverHasIt_IsPendingAndThenTold()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Receiver slow = new() { OnPublish = (_, cancellationToken) => gate.Task.WaitAsync(cancellationToken) };
        int refused = 0;
        Receiver picky = new()
        {
            OnPublish = (_, _) =>
            {
                Interlocked.Increment(ref refused);
                return Task.FromException(new EventRejectedException("no"));
            },
        };
        List<long> told = [];
        // With decorators around it, as an engine has them.
        ExitAcknowledgements outer = new(new ExitAcknowledgements(new CompositeEventPublisher([slow, picky, new Receiver()]), static _ => { }), envelope =>
        {
            lock (told)
            {
                told.Add(envelope.Sequence);
            }
        });
        await using EventLog log = new("ns", outer, new EventLogOptions(), TimeProvider.System, NullLogger.Instance);
        log.Append(new TaskStartedEvent("c", 1));
        log.Append(new TaskExitedEvent("c", "c", new ProcessExit(1, 0, DateTimeOffset.UnixEpoch)));

        // In the composite, past the log's own queue.
        await OsFixture.UntilAsync(() => Volatile.Read(ref refused) == 2 && log.Pending == 2);
        Assert.That((log.IsExitPending("c"), log.IsExitPending("d"), told.Count), Is.EqualTo((true, false, 0)));
        Task flush = log.FlushAsync(CancellationToken.None);
        await Task.Delay(50);
        Assert.That(flush.IsCompleted, Is.False);
        gate.SetResult();
        await flush.WaitAsync(OsFixture.Bound);

        await OsFixture.UntilAsync(() => told.Count == 1);
        Assert.That((log.IsExitPending("c"), log.Pending, told.Single()), Is.EqualTo((false, 0, 2L)));
    }

    [Test]
    public async Task Publish_ReceiverThatRejects_MissesThatEventAlone()
    {
        Receiver picky = new()
        {
            OnPublish = static (envelope, _) => envelope.Sequence == 2 ? Task.FromException(new EventRejectedException("no")) : Task.CompletedTask,
        };
        Receiver other = new();
        await using CompositeEventPublisher composite = new([picky, other]);

        await PublishAsync(composite, 1, 2, 3);
        await composite.FlushAsync().WaitAsync(OsFixture.Bound);

        Assert.That(picky.Sequences, Is.EqualTo(new[] { 1, 3 }));
        Assert.That(other.Sequences, Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public async Task FlushOfTheShimsLog_WaitsForEveryReceiver()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Receiver stuck = new()
        {
            OnPublish = (_, cancellationToken) =>
            {
                entered.TrySetResult();
                return gate.Task.WaitAsync(cancellationToken);
            },
        };
        await using EventLog log = new("ns", new CompositeEventPublisher([stuck]), new EventLogOptions(), TimeProvider.System, NullLogger.Instance);
        log.Append(EventLogFixture.Precious);
        Task flush = log.FlushAsync(CancellationToken.None);
        await entered.Task.WaitAsync(OsFixture.Bound);
        Assert.That(flush.IsCompleted, Is.False);

        gate.SetResult();

        await flush.WaitAsync(OsFixture.Bound);
        Assert.That(stuck.Sequences, Is.EqualTo(new[] { 1 }));
        Assert.That(log.Pending, Is.Zero);
    }

    [Test]
    public async Task Dispose_DisposesOfTheReceiversAndRefusesEvents()
    {
        Receiver receiver = new();
        CompositeEventPublisher composite = new([receiver]);

        await composite.DisposeAsync();
        await composite.DisposeAsync();

        Assert.That(receiver.IsDisposed);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => composite.PublishAsync(Envelope(1)));
    }

    [Test]
    public void Constructor_NoReceiver_Throws() => Assert.Throws<ArgumentException>(static () => _ = new CompositeEventPublisher([]));

    private static async Task PublishAsync(CompositeEventPublisher composite, params int[] sequences)
    {
        foreach (int sequence in sequences)
        {
            await composite.PublishAsync(Envelope(sequence));
        }
    }

    private static EventEnvelope Envelope(int sequence) => new()
    {
        Sequence = sequence,
        Timestamp = DateTimeOffset.UnixEpoch,
        ContainerdNamespace = "ns",
        Event = new TaskStartedEvent("c1", sequence),
    };
}
