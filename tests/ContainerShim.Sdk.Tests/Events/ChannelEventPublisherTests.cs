using System.Threading.Channels;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Events;

internal sealed class ChannelEventPublisherTests
{
    [Test]
    public async Task Publish_SeveralEvents_AreReadInOrder()
    {
        await using ChannelEventPublisher publisher = new();
        await PublishAsync(publisher, 1, 2, 3);
        await publisher.DisposeAsync();
        Assert.That(await ReadAllAsync(publisher), Is.EqualTo(new[] { 1L, 2, 3 }));
    }

    [Test]
    public async Task Publish_NoPlace_WaitsForTheReader()
    {
        await using ChannelEventPublisher publisher = new(capacity: 2);
        await PublishAsync(publisher, 1, 2);
        Task third = publisher.PublishAsync(Envelope(3));
        Assert.That(third.IsCompleted, Is.False);

        await using IAsyncEnumerator<EventEnvelope> reader = publisher.ReadAllAsync().GetAsyncEnumerator();
        Assert.That(await reader.MoveNextAsync(), Is.True);
        await third.WaitAsync(OsFixture.Bound);
        Assert.That(reader.Current.Sequence, Is.EqualTo(1));
    }

    [Test]
    public async Task Publish_CancelledWhileItWaits_DeliversNothingAndTheRetryOnce()
    {
        await using ChannelEventPublisher publisher = new(capacity: 1);
        await PublishAsync(publisher, 1);
        using CancellationTokenSource cancellation = new();
        Task waiting = publisher.PublishAsync(Envelope(2), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => waiting.WaitAsync(OsFixture.Bound));

        Task retry = publisher.PublishAsync(Envelope(2));
        List<long> read = [];
        await using IAsyncEnumerator<EventEnvelope> reader = publisher.ReadAllAsync().GetAsyncEnumerator();
        while (read.Count < 2 && await reader.MoveNextAsync())
        {
            read.Add(reader.Current.Sequence);
        }

        await retry.WaitAsync(OsFixture.Bound);
        await publisher.DisposeAsync();
        Assert.That(read, Is.EqualTo(new[] { 1L, 2 }));
        Assert.That(await reader.MoveNextAsync(), Is.False, "nothing came twice");
    }

    [Test]
    public async Task Dispose_EndsReadersAndRefusesEvents()
    {
        ChannelEventPublisher publisher = new();
        Task<List<long>> reading = ReadAllAsync(publisher);
        await publisher.DisposeAsync();
        Assert.That(await reading.WaitAsync(OsFixture.Bound), Is.Empty);
        await Assert.ThrowsAsync<ChannelClosedException>(() => publisher.PublishAsync(Envelope(1)));
        await publisher.DisposeAsync();
    }

    [Test]
    public async Task ReadAll_Cancelled_Ends()
    {
        await using ChannelEventPublisher publisher = new();
        using CancellationTokenSource cancellation = new();
        await using IAsyncEnumerator<EventEnvelope> reader = publisher.ReadAllAsync(cancellation.Token).GetAsyncEnumerator();
        Task<bool> next = reader.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => next.WaitAsync(OsFixture.Bound));
    }

    private static async Task PublishAsync(ChannelEventPublisher publisher, params int[] numbers)
    {
        foreach (int number in numbers)
        {
            await publisher.PublishAsync(Envelope(number)).WaitAsync(OsFixture.Bound);
        }
    }

    private static async Task<List<long>> ReadAllAsync(ChannelEventPublisher publisher)
    {
        List<long> read = [];
        await foreach (EventEnvelope envelope in publisher.ReadAllAsync())
        {
            read.Add(envelope.Sequence);
        }

        return read;
    }

    private static EventEnvelope Envelope(int number) => new()
    {
        Sequence = number,
        Timestamp = DateTimeOffset.UnixEpoch,
        ContainerdNamespace = "ns",
        Event = new TaskStartedEvent("c1", number),
    };
}
