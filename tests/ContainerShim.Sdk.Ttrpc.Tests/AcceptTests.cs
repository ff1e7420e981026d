using System.Net.Sockets;
using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class AcceptTests
{
    [Test]
    public async Task Accept_ThatFailsForWantOfDescriptors_IsTriedAgainAfterAGrowingPause()
    {
        FakeTimeProvider clock = new();
        PipeListener listener = new();
        List<TtrpcConnectionFault> faults = [];
        TtrpcServerOptions options = new() { TimeProvider = clock, RequireSameUser = false, ConnectionFaulted = faults.Add };
        await using TtrpcServer server = new(options);
        Echo.BindService(server.Services, new EchoService());
        for (int i = 0; i < 3; i++)
        {
            listener.Fail(new SocketException((int)SocketError.TooManyOpenSockets));
        }

        Task serving = server.ServeAsync(listener);
        Assert.That(listener.Attempts, Is.EqualTo(1), "no second attempt before the pause");
        clock.Advance(TimeSpan.FromMilliseconds(5));
        await Bounded.UntilAsync(() => listener.Attempts == 2, "tried again");
        clock.Advance(TimeSpan.FromMilliseconds(9));
        Assert.That(listener.Attempts, Is.EqualTo(2), "the pause has doubled");
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await Bounded.UntilAsync(() => listener.Attempts == 3, "tried again");
        clock.Advance(TimeSpan.FromMilliseconds(20));

        await using TtrpcChannel channel = new(_ => ValueTask.FromResult<ITtrpcTransport>(listener.Connect(null).Other));
        Assert.That((await new Echo.EchoClient(channel).SayAsync(new Note { Number = 1 }).ResponseAsync.Soon()).Number, Is.EqualTo(1));
        Assert.That(faults, Has.Count.EqualTo(3));
        await server.ShutdownAsync().Soon();
        await serving.Soon();
    }

    [Test]
    public async Task Serve_WhenTheListenerEnds_EndsAndDisposesOfIt()
    {
        PipeListener listener = new();
        await using TtrpcServer server = new();
        listener.Complete();

        await server.ServeAsync(listener).Soon();

        Assert.That(listener.IsDisposed);
    }

    [Test]
    public void Options_OutOfRange_AreRefused()
    {
        Assert.That(() => new TtrpcServer(new TtrpcServerOptions { MaxConnections = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new TtrpcServer(new TtrpcServerOptions { MaxStreamsPerConnection = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new TtrpcServer(new TtrpcServerOptions { MaxLongPollsPerConnection = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new TtrpcServer(new TtrpcServerOptions { FrameTimeout = TimeSpan.Zero }), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
