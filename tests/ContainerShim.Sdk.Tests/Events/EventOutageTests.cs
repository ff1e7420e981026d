using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Tests.Linux;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Events;

/// <summary>The event log with the publisher that shims use.</summary>
internal sealed class EventOutageTests
{
    /// <summary>As in a shim, a hundred times faster: an outage of 0.6 s stands for one of 60 s.</summary>
    private static readonly EventLogOptions Fast = new()
    {
        FirstRetryDelay = TimeSpan.FromMilliseconds(0.25),
        LongestRetryDelay = TimeSpan.FromMilliseconds(5),
        AttemptTimeout = TimeSpan.FromMilliseconds(500),
    };

    [Test]
    public async Task Append_WhileTheServerIsAwayForLong_AllExitsArriveInOrder()
    {
        await using EventsServer server = new EventsServer().Start();
        CountingPublisher publisher = new(new TtrpcEventPublisher(server.Path));
        await using EventLog log = new("ns", publisher, Fast, TimeProvider.System, NullLogger.Instance);
        log.Append(Exit(0));
        await log.FlushAsync(CancellationToken.None).WaitAsync(OsFixture.Bound);
        await server.StopAsync();
        for (int i = 1; i <= 50; i++)
        {
            log.Append(Exit(i));
        }

        // 120 attempts is what a shim makes in 60 s.
        await OsFixture.UntilAsync(() => publisher.Attempts >= 121);
        Assert.That(log.Pending, Is.EqualTo(50));
        server.Start();
        await log.FlushAsync(CancellationToken.None).WaitAsync(OsFixture.Bound);

        Assert.That(
            server.Received.Select(static envelope => (envelope.Topic, TaskExit.Parser.ParseFrom(envelope.Event.Value).Pid)),
            Is.EqualTo(Enumerable.Range(0, 51).Select(static i => ("/tasks/exit", (uint)i))));
    }

    [Test]
    public async Task Append_ServerComesAndGoes_AllExitsArriveInOrderAtLeastOnce()
    {
        await using EventsServer server = new EventsServer().Start();
        await using EventLog log = new("ns", new TtrpcEventPublisher(server.Path), Fast, TimeProvider.System, NullLogger.Instance);
        for (int i = 0; i < 50; i++)
        {
            if (i % 10 == 5)
            {
                await server.StopAsync();
                server.Start();
            }

            log.Append(Exit(i));
        }

        await log.FlushAsync(CancellationToken.None).WaitAsync(OsFixture.Bound);
        // An answer that was lost has its event come again, right behind itself.
        List<uint> pids = [];
        foreach (uint pid in server.Received.Select(static envelope => TaskExit.Parser.ParseFrom(envelope.Event.Value).Pid))
        {
            if (pids.Count == 0 || pids[^1] != pid)
            {
                pids.Add(pid);
            }
        }

        Assert.That(pids, Is.EqualTo(Enumerable.Range(0, 50).Select(static i => (uint)i)));
    }

    [Test]
    public async Task Append_EventThatIsRejected_DoesNotHoldUpTheNext()
    {
        await using EventsServer server = new EventsServer().Start();
        server.OnForward = static (envelope, _) => envelope.Topic == "/tasks/oom"
            ? throw new RpcException(new Status(StatusCode.InvalidArgument, "no"))
            : Task.CompletedTask;
        await using EventLog log = new("ns", new TtrpcEventPublisher(server.Path), Fast, TimeProvider.System, NullLogger.Instance);
        log.Append(new TaskOomEvent("c1"));
        log.Append(Exit(1));
        await log.FlushAsync(CancellationToken.None).WaitAsync(OsFixture.Bound);
        Assert.That(server.Received.Select(static envelope => envelope.Topic), Is.EqualTo(new[] { "/tasks/exit" }));
    }

    private static TaskExitedEvent Exit(int pid) => new("c1", "c1", new ProcessExit(pid, 0, DateTimeOffset.UnixEpoch.AddSeconds(pid)));

    private sealed class CountingPublisher(IEventPublisher inner) : IEventPublisher
    {
        private int _attempts;

        internal int Attempts => Volatile.Read(ref _attempts);

        public Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _attempts);
            return inner.PublishAsync(envelope, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
