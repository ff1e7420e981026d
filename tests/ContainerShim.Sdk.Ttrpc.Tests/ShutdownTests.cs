using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class ShutdownTests
{
    [Test]
    public async Task Shutdown_WithACallUnderWay_AnswersItAndThenCloses()
    {
        await using EchoServer server = new();
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, _) =>
        {
            started.SetResult();
            await release.Task;
            return note;
        };
        TtrpcChannel channel = await server.ConnectAsync();
        AsyncUnaryCall<Note> call = new Echo.EchoClient(channel).SayAsync(new Note { Number = 1 });
        await started.Task.Soon();

        Task shutdown = server.Server.ShutdownAsync();
        await server.Serving.Soon();
        Assert.That(shutdown.IsCompleted, Is.False);
        release.SetResult();

        Assert.That((await call.ResponseAsync.Soon()).Number, Is.EqualTo(1));
        await shutdown.Soon();
        await channel.Closed.Soon();
        Assert.That(File.Exists(server.Path), Is.False);
    }

    [Test]
    public async Task Shutdown_ClosesIdleConnectionsAtOnce()
    {
        await using EchoServer server = new();
        TtrpcChannel channel = await server.ConnectAsync();
        await new Echo.EchoClient(channel).SayAsync(new Note()).ResponseAsync.Soon();

        await server.Server.ShutdownAsync().Soon();

        await channel.Closed.Soon();
        Assert.That(server.Faults, Is.Empty);
    }

    [Test]
    public async Task Linger_ServesUntilThePeerCloses()
    {
        await using EchoServer server = new();
        TtrpcChannel channel = await server.ConnectAsync();
        Echo.EchoClient client = new(channel);
        await client.SayAsync(new Note()).ResponseAsync.Soon();

        Task linger = server.Server.LingerAsync(TimeSpan.FromMinutes(1));
        await server.Serving.Soon();
        Assert.That((await client.SayAsync(new Note { Number = 3 }).ResponseAsync.Soon()).Number, Is.EqualTo(3), "it is still served");
        Assert.That(linger.IsCompleted, Is.False);
        await channel.DisposeAsync();

        await linger.Soon();
    }

    [Test]
    public async Task Linger_InVain_EndsAndLeavesTheConnectionToShutdown()
    {
        await using EchoServer server = new();
        TtrpcChannel channel = await server.ConnectAsync();
        await new Echo.EchoClient(channel).SayAsync(new Note()).ResponseAsync.Soon();

        await server.Server.LingerAsync(TimeSpan.FromMilliseconds(1)).Soon();

        Assert.That(channel.Closed.IsCompleted, Is.False);
        await server.Server.ShutdownAsync().Soon();
        await channel.Closed.Soon();
    }

    [Test]
    public async Task Shutdown_RequestedByACall_AnswersThatCall()
    {
        await using EchoServer server = new();
        Task? shutdown = null;
        server.Service.OnSay = (note, _) =>
        {
            shutdown = server.Server.ShutdownAsync();
            return Task.FromResult(note);
        };

        Assert.That((await (await server.ClientAsync()).SayAsync(new Note { Number = 2 }).ResponseAsync.Soon()).Number, Is.EqualTo(2));
        await shutdown!.Soon();
    }

    [Test]
    public async Task Shutdown_WhosePatienceEnds_CancelsTheHandlerAndCloses()
    {
        await using EchoServer server = new();
        TaskCompletionSource<CancellationToken> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, context) =>
        {
            started.SetResult(context.CancellationToken);
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return note;
        };
        AsyncUnaryCall<Note> call = (await server.ClientAsync()).SayAsync(new Note());
        CancellationToken token = await started.Task.Soon();
        using CancellationTokenSource patience = new();
        Task shutdown = server.Server.ShutdownAsync(patience.Token);
        await patience.CancelAsync();

        await shutdown.Soon();
        Assert.That(token.IsCancellationRequested);
        await Rpc.FailsAsync(call.ResponseAsync, StatusCode.Unavailable, "ttrpc: closed");
    }

    [Test]
    public async Task Shutdown_DoesNotWaitForStreams()
    {
        await using EchoServer server = new();
        server.Service.OnCount = async (_, responses, context) =>
        {
            await responses.WriteAsync(new Note());
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        using AsyncServerStreamingCall<Note> call = (await server.ClientAsync()).Count(new Note());
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon());

        await server.Server.ShutdownAsync().Soon();

        await Rpc.FailsAsync(call.ResponseStream.MoveNext(CancellationToken.None), StatusCode.Unavailable);
    }

    [Test]
    public async Task Serve_AfterShutdown_EndsAtOnceAndDisposesOfTheListener()
    {
        TtrpcServer server = new();
        await server.ShutdownAsync();
        PipeListener listener = new();

        await server.ServeAsync(listener).Soon();

        Assert.That(listener.IsDisposed);
    }

    [Test]
    public async Task Serve_WhoseTokenIsCancelled_StopsAcceptingAndKeepsTheConnections()
    {
        using TempDirectory directory = new();
        await using TtrpcServer server = new();
        Echo.BindService(server.Services, new EchoService());
        using CancellationTokenSource stop = new();
        Task serving = server.ServeAsync(UnixTtrpcListener.Listen(directory["s"]), stop.Token);
        await using TtrpcChannel channel = await TtrpcChannel.ConnectAsync(directory["s"]);
        Echo.EchoClient client = new(channel);
        await client.SayAsync(new Note()).ResponseAsync.Soon();
        await stop.CancelAsync();
        await serving.Soon();

        Assert.That((await client.SayAsync(new Note { Number = 3 }).ResponseAsync.Soon()).Number, Is.EqualTo(3));
    }

    [Test]
    public async Task Dispose_Twice_DoesNothingMore()
    {
        await using EchoServer server = new();
        await server.Server.DisposeAsync();

        await server.Server.DisposeAsync().AsTask().Soon();
        Assert.That(server.Server.ConnectionCount, Is.Zero);
    }
}
