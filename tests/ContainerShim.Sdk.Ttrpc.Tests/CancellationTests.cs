using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

[TestFixture(false)]
[TestFixture(true)]
public sealed class CancellationTests(bool ownThread)
{
    private readonly TtrpcChannelOptions _options = new() { ReadsOnOwnThread = ownThread };

    [Test]
    public async Task Client_Cancelled_FailsAtOnceAndIgnoresTheLateAnswer()
    {
        await using EchoServer server = new();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, _) =>
        {
            if (note.Number == 1)
            {
                await release.Task;
            }

            return note;
        };
        Echo.EchoClient client = await server.ClientAsync(_options);
        using CancellationTokenSource source = new();
        AsyncUnaryCall<Note> call = client.SayAsync(new Note { Number = 1 }, cancellationToken: source.Token);
        await source.CancelAsync();

        await Rpc.FailsAsync(call.ResponseAsync, StatusCode.Cancelled, "context canceled");
        release.SetResult();
        Assert.That((await client.SayAsync(new Note { Number = 2 }).ResponseAsync.Soon()).Number, Is.EqualTo(2));
    }

    [Test]
    public async Task Client_CancelledBefore_SendsNothing()
    {
        await using EchoServer server = new();
        List<long> seen = [];
        server.Service.OnSay = (note, _) =>
        {
            seen.Add(note.Number);
            return Task.FromResult(note);
        };
        Echo.EchoClient client = await server.ClientAsync(_options);

        await Rpc.FailsAsync(client.SayAsync(new Note { Number = 1 }, cancellationToken: new CancellationToken(true)).ResponseAsync, StatusCode.Cancelled);
        await client.SayAsync(new Note { Number = 2 }).ResponseAsync.Soon();

        Assert.That(seen, Is.EqualTo(new[] { 2L }));
    }

    [Test]
    public async Task Client_DisposingACall_CancelsIt()
    {
        await using EchoServer server = new();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, _) =>
        {
            await release.Task;
            return note;
        };
        AsyncUnaryCall<Note> call = (await server.ClientAsync(_options)).SayAsync(new Note());
        call.Dispose();

        await Rpc.FailsAsync(call.ResponseAsync, StatusCode.Cancelled);
        release.SetResult();
    }

    [Test]
    public async Task Server_WhenTheConnectionCloses_CancelsItsHandlers()
    {
        await using EchoServer server = new();
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, context) =>
        {
            started.SetResult();
            using CancellationTokenRegistration registration = context.CancellationToken.Register(cancelled.SetResult);
            await cancelled.Task;
            return note;
        };
        using (RawClient raw = server.Raw())
        {
            raw.Call(1, "Say", new Note());
            await started.Task.Soon();
        }

        await cancelled.Task.Soon();
        await Bounded.UntilAsync(() => server.Server is { ConnectionCount: 0, CallCount: 0 }, "nothing is left of the connection");
    }

    [Test]
    public async Task Server_AskedForTheTokenAfterTheConnectionClosed_HandsOverACancelledOne()
    {
        await using EchoServer server = new();
        TaskCompletionSource<ServerCallContext> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, context) =>
        {
            started.SetResult(context);
            await release.Task;
            return note;
        };
        ServerCallContext context;
        using (RawClient raw = server.Raw())
        {
            raw.Call(1, "Say", new Note());
            context = await started.Task.Soon();
        }

        await Bounded.UntilAsync(() => server.Server.ConnectionCount == 0, "the connection is gone");
        Assert.That(context.CancellationToken.IsCancellationRequested);
        release.SetResult();
    }
}
