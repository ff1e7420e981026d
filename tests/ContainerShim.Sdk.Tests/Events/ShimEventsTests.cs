using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Events;

internal sealed class ShimEventsTests
{
    [Test]
    public async Task Readers_Several_SeeAllFromTheirSubscriptionOn()
    {
        ShimEvents events = new();
        Task<List<long>> first = ReadAsync(events.ReadAllAsync());
        Publish(events, 1, 2);
        Task<List<long>> second = ReadAsync(events.ReadAllAsync());
        Publish(events, 3);
        events.Complete();

        Assert.That(await first.WaitAsync(OsFixture.Bound), Is.EqualTo(new[] { 1L, 2, 3 }));
        Assert.That(await second.WaitAsync(OsFixture.Bound), Is.EqualTo(new[] { 3L }));
    }

    [Test]
    public async Task Reader_ThatIsSlow_LosesTheOldestButNoExits()
    {
        ShimEvents events = new();
        IAsyncEnumerator<EventEnvelope> reader = events.ReadAllAsync(capacity: 3).GetAsyncEnumerator();
        events.Publish(new EventEnvelope
        {
            Sequence = 1,
            Timestamp = DateTimeOffset.UnixEpoch,
            ContainerdNamespace = "ns",
            Event = new TaskExitedEvent("c1", "c1", new ProcessExit(1, 0, DateTimeOffset.UnixEpoch)),
        });
        Publish(events, 2, 3, 4, 5);
        events.Complete();

        List<long> seen = [];
        while (await reader.MoveNextAsync().AsTask().WaitAsync(OsFixture.Bound))
        {
            seen.Add(reader.Current.Sequence);
        }

        Assert.That(seen, Is.EqualTo(new[] { 1L, 4, 5 }));
    }

    [Test]
    public async Task Reader_Cancelled_EndsAlone()
    {
        ShimEvents events = new();
        using CancellationTokenSource cancel = new();
        Task<List<long>> cancelled = ReadAsync(events.ReadAllAsync(cancel.Token));
        Task<List<long>> other = ReadAsync(events.ReadAllAsync());
        await cancel.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => cancelled.WaitAsync(OsFixture.Bound));

        Publish(events, 1);
        events.Complete();
        Assert.That(await other.WaitAsync(OsFixture.Bound), Is.EqualTo(new[] { 1L }));
    }

    [Test]
    public async Task Reader_AfterTheEnd_EndsAtOnce()
    {
        ShimEvents events = new();
        events.Complete();
        Assert.That(await ReadAsync(events.ReadAllAsync()).WaitAsync(OsFixture.Bound), Is.Empty);
    }

    [Test]
    public async Task Reader_OfManyEvents_SeesThemInOrder()
    {
        const int Count = 5000;
        ShimEvents events = new();
        Task<List<long>> reading = Task.Run(() => ReadAsync(events.ReadAllAsync(capacity: Count)));
        Task<List<long>> here = ReadAsync(events.ReadAllAsync(capacity: Count));
        await Task.Run(() => Publish(events, [.. Enumerable.Range(1, Count)]));
        events.Complete();

        Assert.That(await here.WaitAsync(OsFixture.Bound), Is.EqualTo(Enumerable.Range(1, Count)));
        Assert.That(await reading.WaitAsync(OsFixture.Bound), Is.Ordered);
    }

    private static void Publish(ShimEvents events, params int[] numbers)
    {
        foreach (int number in numbers)
        {
            events.Publish(new EventEnvelope
            {
                Sequence = number,
                Timestamp = DateTimeOffset.UnixEpoch,
                ContainerdNamespace = "ns",
                Event = new TaskStartedEvent("c1", number),
            });
        }
    }

    private static async Task<List<long>> ReadAsync(IAsyncEnumerable<EventEnvelope> events)
    {
        List<long> seen = [];
        await foreach (EventEnvelope envelope in events)
        {
            seen.Add(envelope.Sequence);
        }

        return seen;
    }
}
