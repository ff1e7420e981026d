using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Types;
using Grpc.Core;

namespace ContainerShim.Sdk.Grpc.Tests;

internal sealed class GrpcEventPublisherTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Test]
    public async Task Publish_Event_ForwardsItWithItsTimeItsNamespaceAndItsTrace()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        await using GrpcEventPublisher publisher = new(server.Path);
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        await publisher.PublishAsync(Exit(7) with { TraceParent = Trace, TraceState = "a=b" }).WaitAsync(EventsServer.Bound);

        (Envelope envelope, Metadata headers) = server.Forwarded.Single();
        Assert.Multiple(() =>
        {
            Assert.That(envelope.Topic, Is.EqualTo("/tasks/exit"));
            Assert.That(envelope.Namespace, Is.EqualTo("games"));
            Assert.That(envelope.Timestamp.ToDateTimeOffset(), Is.EqualTo(At));
            Assert.That(envelope.Event.TypeUrl, Is.EqualTo("containerd.events.TaskExit"));
            Assert.That(TaskExit.Parser.ParseFrom(envelope.Event.Value).Pid, Is.EqualTo(7));
            Assert.That(headers.GetValue("containerd-namespace"), Is.EqualTo("games"));
            Assert.That(headers.GetValue("traceparent"), Is.EqualTo(Trace));
            Assert.That(headers.GetValue("tracestate"), Is.EqualTo("a=b"));
        });
    }

    [Test]
    public async Task Publish_UriAsAddress_IsTakenAsItsPath()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        await using GrpcEventPublisher publisher = new("unix://" + server.Path);

        await publisher.PublishAsync(Exit(1)).WaitAsync(EventsServer.Bound);

        Assert.That(server.Forwarded, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Publish_EventThatIsNotValid_IsRejected()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        server.OnForward = static _ => throw new RpcException(new global::Grpc.Core.Status(StatusCode.InvalidArgument, "no such topic"));
        await using GrpcEventPublisher publisher = new(server.Path);

        EventRejectedException rejection = (await Assert.ThrowsAsync<EventRejectedException>(
            () => publisher.PublishAsync(Exit(1)).WaitAsync(EventsServer.Bound)))!;

        Assert.That(rejection.Message, Is.EqualTo("no such topic"));
    }

    [Test]
    public async Task Publish_NobodyListens_FailsAsUnavailableAndSucceedsOnceSomebodyDoes()
    {
        await using EventsServer server = new();
        await using GrpcEventPublisher publisher = new(server.Path);
        ShimException failure = (await Assert.ThrowsAsync<ShimException>(() => publisher.PublishAsync(Exit(1)).WaitAsync(EventsServer.Bound)))!;
        Assert.That(failure.Code, Is.EqualTo(ShimErrorCode.Unavailable));

        await server.StartAsync();
        await publisher.PublishAsync(Exit(1)).WaitAsync(EventsServer.Bound);
        await server.StopAsync();
        await server.StartAsync();
        await PublishUntilTakenAsync(publisher, Exit(2));

        Assert.That(server.Forwarded.Select(static call => TaskExit.Parser.ParseFrom(call.Envelope.Event.Value).Pid), Is.EqualTo(new[] { 1u, 2u }));
    }

    [Test]
    public async Task Publish_Cancelled_EndsWithTheCancellation()
    {
        await using EventsServer server = await new EventsServer().StartAsync();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.OnForward = _ =>
        {
            arrived.TrySetResult();
            return Task.Delay(Timeout.Infinite);
        };
        await using GrpcEventPublisher publisher = new(server.Path);
        using CancellationTokenSource cancellation = new();
        Task publishing = publisher.PublishAsync(Exit(1), cancellation.Token);
        await arrived.Task.WaitAsync(EventsServer.Bound);

        await cancellation.CancelAsync();

        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => publishing.WaitAsync(EventsServer.Bound));
    }

    /// <summary>A connection that was lost may show only at the next call, which the event log makes again.</summary>
    private static async Task PublishUntilTakenAsync(GrpcEventPublisher publisher, EventEnvelope envelope)
    {
        try
        {
            await publisher.PublishAsync(envelope).WaitAsync(EventsServer.Bound);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.Unavailable)
        {
            await publisher.PublishAsync(envelope).WaitAsync(EventsServer.Bound);
        }
    }

    private static EventEnvelope Exit(int pid) => new()
    {
        Sequence = pid,
        Timestamp = At,
        ContainerdNamespace = "games",
        Event = new TaskExitedEvent("c1", "c1", new ProcessExit(pid, 0, At)),
    };
}
