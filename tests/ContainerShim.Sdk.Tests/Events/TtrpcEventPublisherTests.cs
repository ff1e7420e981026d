using System.Net.Sockets;
using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Tests.Linux;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Events;

internal sealed class TtrpcEventPublisherTests
{
    [Test]
    public async Task Publish_SeveralEvents_ArriveInOrderOverOneConnection()
    {
        await using EventsServer server = new EventsServer().Start();
        await using TtrpcEventPublisher publisher = new(server.Path);
        EventEnvelope[] envelopes = [.. Enumerable.Range(1, 20).Select(Envelope)];
        foreach (EventEnvelope envelope in envelopes)
        {
            await publisher.PublishAsync(envelope).WaitAsync(OsFixture.Bound);
        }

        Assert.That(server.Received, Is.EqualTo(envelopes.Select(EventMapping.ToEnvelope)));
        Assert.That(server.ConnectionCount, Is.EqualTo(1));
    }

    [TestCase("", "")]
    [TestCase("", ".ttrpc")]
    [TestCase("unix://", ".ttrpc")]
    public async Task Publish_OfAShim_GoesToTheSocketThatContainerdHasNamed(string scheme, string named)
    {
        await using EventsServer server = new EventsServer().Start();
        string address = server.Path[..^".ttrpc".Length];
        using OwnedLinuxHost host = LinuxHost.Create();
        await using TtrpcEventPublisher publisher = new(new ShimContext
        {
            ContainerdNamespace = "ns",
            Id = "c1",
            ContainerdAddress = address,
            ContainerdTtrpcAddress = named.Length > 0 ? scheme + address + named : "",
            ContainerdBinary = "",
            Logger = NullLogger.Instance,
            Host = host,
            Time = TimeProvider.System,
        });

        await publisher.PublishAsync(Envelope(1)).WaitAsync(OsFixture.Bound);

        Assert.That(server.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Publish_NobodyListens_FailsAndSucceedsOnceSomebodyDoes()
    {
        await using EventsServer server = new();
        await using TtrpcEventPublisher publisher = new(server.Path);
        await Assert.ThrowsAsync<SocketException>(() => publisher.PublishAsync(Envelope(1)).WaitAsync(OsFixture.Bound));

        server.Start();
        await publisher.PublishAsync(Envelope(1)).WaitAsync(OsFixture.Bound);
        Assert.That(server.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Publish_AfterTheServerRestarted_FindsItAgain()
    {
        await using EventsServer server = new EventsServer().Start();
        await using TtrpcEventPublisher publisher = new(server.Path);
        await publisher.PublishAsync(Envelope(1)).WaitAsync(OsFixture.Bound);
        await server.StopAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<Exception>(), () => publisher.PublishAsync(Envelope(2)).WaitAsync(OsFixture.Bound));

        server.Start();
        await publisher.PublishAsync(Envelope(2)).WaitAsync(OsFixture.Bound);
        Assert.That(server.Received.Select(static envelope => envelope.Timestamp.Nanos), Is.EqualTo(new[] { 100, 200 }));
    }

    [Test]
    public async Task Publish_ConnectionBreaksBeforeTheAnswer_Fails()
    {
        await using EventsServer server = new EventsServer().Start();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.OnForward = (_, context) =>
        {
            arrived.TrySetResult();
            return Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        await using TtrpcEventPublisher publisher = new(server.Path);
        Task publishing = publisher.PublishAsync(Envelope(1));
        await arrived.Task.WaitAsync(OsFixture.Bound);
        await server.StopAsync();

        RpcException failure = (await Assert.ThrowsAsync<RpcException>(() => publishing.WaitAsync(OsFixture.Bound)))!;
        Assert.That(failure.StatusCode, Is.EqualTo(StatusCode.Unavailable).Or.EqualTo(StatusCode.Cancelled));
    }

    [Test]
    public async Task Publish_InvalidArgument_IsARejectionAndKeepsTheConnection()
    {
        await using EventsServer server = new EventsServer().Start();
        server.OnForward = static (envelope, _) => envelope.Timestamp.Nanos == 100
            ? throw new RpcException(new Status(StatusCode.InvalidArgument, "bad topic"))
            : Task.CompletedTask;
        await using TtrpcEventPublisher publisher = new(server.Path);

        EventRejectedException rejection =
            (await Assert.ThrowsAsync<EventRejectedException>(() => publisher.PublishAsync(Envelope(1)).WaitAsync(OsFixture.Bound)))!;
        Assert.That(rejection.Message, Is.EqualTo("bad topic"));
        await publisher.PublishAsync(Envelope(2)).WaitAsync(OsFixture.Bound);
        Assert.That(server.Received, Has.Count.EqualTo(1));
    }

    [TestCase(StatusCode.Unavailable)]
    [TestCase(StatusCode.Unknown)]
    [TestCase(StatusCode.Unimplemented)]
    public async Task Publish_AnyOtherStatus_IsWorthAnotherAttempt(StatusCode code)
    {
        await using EventsServer server = new EventsServer().Start();
        server.OnForward = (_, _) => throw new RpcException(new Status(code, "later"));
        await using TtrpcEventPublisher publisher = new(server.Path);
        Assert.That(
            (await Assert.ThrowsAsync<RpcException>(() => publisher.PublishAsync(Envelope(1)).WaitAsync(OsFixture.Bound)))!.StatusCode,
            Is.EqualTo(code));

        server.OnForward = static (_, _) => Task.CompletedTask;
        await publisher.PublishAsync(Envelope(1)).WaitAsync(OsFixture.Bound);
        Assert.That(server.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Publish_Cancelled_EndsAtOnceAndTheNextSucceeds()
    {
        await using EventsServer server = new EventsServer().Start();
        using CancellationTokenSource cancellation = new();
        server.OnForward = (_, context) =>
        {
            cancellation.Cancel();
            return Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        await using TtrpcEventPublisher publisher = new(server.Path);
        await Assert.ThrowsAsync(
            Is.InstanceOf<OperationCanceledException>().Or.Property(nameof(RpcException.StatusCode)).EqualTo(StatusCode.Cancelled),
            () => publisher.PublishAsync(Envelope(1), cancellation.Token).WaitAsync(OsFixture.Bound));

        server.OnForward = static (_, _) => Task.CompletedTask;
        await publisher.PublishAsync(Envelope(2)).WaitAsync(OsFixture.Bound);
        Assert.That(server.Received.Select(static envelope => envelope.Timestamp.Nanos), Is.EqualTo(new[] { 200 }));
    }

    [Test]
    public async Task Publish_CancelledBefore_SendsNothing()
    {
        await using EventsServer server = new EventsServer().Start();
        await using TtrpcEventPublisher publisher = new(server.Path);
        await Assert.ThrowsAsync(
            Is.InstanceOf<Exception>(), () => publisher.PublishAsync(Envelope(1), new CancellationToken(true)).WaitAsync(OsFixture.Bound));
        Assert.That(server.Received, Is.Empty);
    }

    /// <summary>An event whose number is in its time: 100 ns each.</summary>
    private static EventEnvelope Envelope(int number) =>
        new()
    {
        Sequence = number,
        Timestamp = DateTimeOffset.UnixEpoch.AddTicks(number),
        ContainerdNamespace = "ns",
        Event = new TaskStartedEvent("c1", number),
    };
}
