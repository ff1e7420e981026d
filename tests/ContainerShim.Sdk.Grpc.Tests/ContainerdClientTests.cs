using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Protocol.Services.Grpc;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace ContainerShim.Sdk.Grpc.Tests;

internal sealed class ContainerdClientTests
{
    [Test]
    public async Task Publish_Event_NamesTheNamespaceInTheMetadata()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        await using ContainerdClient client = new(server.Path, "games");

        await client.PublishAsync(new TaskPausedEvent("c1")).WaitAsync(EventsServer.Bound);

        (PublishRequest request, Metadata headers) = server.Published.Single();
        Assert.That(request.Topic, Is.EqualTo("/tasks/paused"));
        Assert.That(request.Event.TypeUrl, Is.EqualTo("containerd.events.TaskPaused"));
        Assert.That(headers.GetValue("containerd-namespace"), Is.EqualTo("games"));
    }

    [Test]
    public async Task Subscribe_SeveralEvents_AreReadInOrderAndTyped()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        await using ContainerdClient client = new(server.Path, "games");
        server.Events.Writer.TryWrite(Envelope(new TaskStartedEvent("c1", 5)));
        server.Events.Writer.TryWrite(new Envelope { Topic = "/images/create", Event = new Any { TypeUrl = "containerd.events.ImageCreate" } });
        server.Events.Writer.Complete();

        List<ContainerdEvent> events = await ReadAsync(client, "topic~=\"^/\"", "namespace==games");

        Assert.That(server.Filters, Is.EqualTo(new[] { "topic~=\"^/\"", "namespace==games" }));
        Assert.That(events.Select(static e => e.Topic), Is.EqualTo(new[] { "/tasks/start", "/images/create" }));
        Assert.That(events[0].Event, Is.EqualTo(new TaskStartedEvent("c1", 5)));
        Assert.That(events[0].ContainerdNamespace, Is.EqualTo("games"));
        Assert.That(events[1].Event, Is.Null);
        Assert.That(events[1].Payload.TypeUrl, Is.EqualTo("containerd.events.ImageCreate"));
    }

    [Test]
    public async Task Subscribe_ServerGoesAway_EndsAsUnavailable()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        await using ContainerdClient client = new(server.Path, "games");
        server.Events.Writer.TryWrite(Envelope(new TaskStartedEvent("c1", 5)));
        await using IAsyncEnumerator<ContainerdEvent> events = client.SubscribeAsync().GetAsyncEnumerator();
        Assert.That(await events.MoveNextAsync().AsTask().WaitAsync(EventsServer.Bound), Is.True);

        await server.StopAsync();

        ShimException failure = (await Assert.ThrowsAsync<ShimException>(() => events.MoveNextAsync().AsTask().WaitAsync(EventsServer.Bound)))!;
        Assert.That(failure.Code, Is.EqualTo(ShimErrorCode.Unavailable));
    }

    [Test]
    public async Task Subscribe_TokenFires_EndsWithTheCancellation()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        await using ContainerdClient client = new(server.Path, "games");
        using CancellationTokenSource cancellation = new();
        server.Events.Writer.TryWrite(Envelope(new TaskStartedEvent("c1", 5)));
        await using IAsyncEnumerator<ContainerdEvent> events = client.SubscribeAsync(cancellationToken: cancellation.Token).GetAsyncEnumerator();
        await events.MoveNextAsync().AsTask().WaitAsync(EventsServer.Bound);
        Task<bool> next = events.MoveNextAsync().AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => next.WaitAsync(EventsServer.Bound));
    }

    [Test]
    public async Task GetVersion_ServerWithoutTheService_SaysUnimplemented()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        await using ContainerdClient client = new(server.Path, "games");

        ShimException failure = (await Assert.ThrowsAsync<ShimException>(() => client.GetVersionAsync().WaitAsync(EventsServer.Bound)))!;

        Assert.That(failure.Code, Is.EqualTo(ShimErrorCode.Unimplemented));
    }

    private static async Task<List<ContainerdEvent>> ReadAsync(ContainerdClient client, params string[] filters)
    {
        using CancellationTokenSource limit = new(EventsServer.Bound);
        List<ContainerdEvent> events = [];
        await foreach (ContainerdEvent containerdEvent in client.SubscribeAsync(filters, limit.Token))
        {
            events.Add(containerdEvent);
        }

        return events;
    }

    private static Envelope Envelope(ShimEvent shimEvent) => new()
    {
        Namespace = "games",
        Topic = shimEvent.Topic,
        Timestamp = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch.AddDays(1)),
        Event = Any(EventCodec.Encode(shimEvent)),
    };

    private static Any Any(TypedPayload payload) => new() { TypeUrl = payload.TypeUrl, Value = Google.Protobuf.ByteString.CopyFrom(payload.Value.Span) };
}
