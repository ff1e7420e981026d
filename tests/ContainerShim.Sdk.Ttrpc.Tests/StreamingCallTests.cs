using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

[TestFixture(false)]
[TestFixture(true)]
public sealed class StreamingCallTests(bool ownThread)
{
    private readonly TtrpcChannelOptions _options = new() { ReadsOnOwnThread = ownThread };

    [TestCase(0)]
    [TestCase(3)]
    [TestCase(5000)]
    public async Task ServerStream_DeliversAllMessagesInOrder(int count)
    {
        await using EchoServer server = new();
        using AsyncServerStreamingCall<Note> call = (await server.ClientAsync(_options)).Count(new Note { Number = count });

        List<long> numbers = await ReadAllAsync(call.ResponseStream).Soon();

        Assert.That(numbers, Is.EqualTo(Enumerable.Range(0, count).Select(i => (long)i)));
        Assert.That(call.GetStatus().StatusCode, Is.EqualTo(StatusCode.OK));
    }

    [Test]
    public async Task ClientStream_IsAnsweredOnceAfterTheLastMessage()
    {
        await using EchoServer server = new();
        using AsyncClientStreamingCall<Note, Note> call = (await server.ClientAsync(_options)).Sum();
        for (int i = 0; i <= 1000; i++)
        {
            await call.RequestStream.WriteAsync(new Note { Number = i });
        }

        await call.RequestStream.CompleteAsync();

        Assert.That((await call.ResponseAsync.Soon()).Number, Is.EqualTo(500_500));
    }

    [Test]
    public async Task DuplexStream_MessagesGoBothWaysInTurn()
    {
        await using EchoServer server = new();
        using AsyncDuplexStreamingCall<Note, Note> call = (await server.ClientAsync(_options)).Chat();
        for (int i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync(new Note { Number = i });
            Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon());
            Assert.That(call.ResponseStream.Current.Number, Is.EqualTo(i));
        }

        await call.RequestStream.CompleteAsync();

        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon(), Is.False);
    }

    [Test]
    public async Task DuplexStream_OfAnEmptyMessage_DeliversIt()
    {
        await using EchoServer server = new();
        using AsyncDuplexStreamingCall<Note, Note> call = (await server.ClientAsync(_options)).Chat();
        await call.RequestStream.WriteAsync(new Note());
        await call.RequestStream.CompleteAsync();

        Assert.That(await ReadAllAsync(call.ResponseStream).Soon(), Is.EqualTo(new[] { 0L }));
    }

    [Test]
    public async Task ServerStream_ThatFails_DeliversWhatWasSentAndThenTheStatus()
    {
        await using EchoServer server = new();
        server.Service.OnCount = async (_, responses, _) =>
        {
            await responses.WriteAsync(new Note { Number = 9 });
            throw new RpcException(new Status(StatusCode.Aborted, "enough"));
        };
        using AsyncServerStreamingCall<Note> call = (await server.ClientAsync(_options)).Count(new Note());

        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon());
        await Rpc.FailsAsync(call.ResponseStream.MoveNext(CancellationToken.None), StatusCode.Aborted, "enough");
    }

    [Test]
    public async Task ClientStream_WhoseHandlerFailsEarly_FailsTheWriterAndTheAnswer()
    {
        await using EchoServer server = new();
        server.Service.OnSum = (_, _) => throw new RpcException(new Status(StatusCode.PermissionDenied, "no"));
        using AsyncClientStreamingCall<Note, Note> call = (await server.ClientAsync(_options)).Sum();

        await Rpc.FailsAsync(call.ResponseAsync, StatusCode.PermissionDenied, "no");
        await Rpc.FailsAsync(call.RequestStream.WriteAsync(new Note()), StatusCode.PermissionDenied, "no");
    }

    [Test]
    public async Task ServerStream_WhenTheConnectionCloses_CancelsTheHandler()
    {
        await using EchoServer server = new();
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnCount = async (_, responses, context) =>
        {
            context.CancellationToken.Register(cancelled.SetResult);
            await responses.WriteAsync(new Note());
            await cancelled.Task;
        };
        TtrpcChannel channel = await server.ConnectAsync(_options);
        using AsyncServerStreamingCall<Note> call = new Echo.EchoClient(channel).Count(new Note());
        Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon());

        await channel.DisposeAsync();

        await cancelled.Task.Soon();
        await Rpc.FailsAsync(call.ResponseStream.MoveNext(CancellationToken.None), StatusCode.Unavailable, "ttrpc: closed");
    }

    [Test]
    public async Task DuplexHandler_ThatWaitsForInput_IsEndedWhenTheConnectionCloses()
    {
        await using EchoServer server = new();
        TaskCompletionSource<Exception?> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnChat = async (requests, _, _) =>
        {
            started.SetResult();
            try
            {
                await requests.MoveNext(CancellationToken.None);
                ended.SetResult(null);
            }
            catch (Exception e)
            {
                ended.SetResult(e);
            }
        };
        TtrpcChannel channel = await server.ConnectAsync(_options);
        using AsyncDuplexStreamingCall<Note, Note> call = new Echo.EchoClient(channel).Chat();
        await started.Task.Soon();
        await channel.DisposeAsync();

        Assert.That(await ended.Task.Soon(), Is.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task ServerStream_GivenUpByTheClient_LeavesTheConnectionUsable()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync(_options);
        using (AsyncServerStreamingCall<Note> call = client.Count(new Note { Number = 1000 }))
        {
            Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon());
        }

        Assert.That((await client.SayAsync(new Note { Number = 4 }).ResponseAsync.Soon()).Number, Is.EqualTo(4));
    }

    [Test]
    public async Task ClientStream_ThatNobodyReads_FailsByItselfAndTheOthersGoOn()
    {
        await using EchoServer server = new();
        TaskCompletionSource never = new();
        server.Service.OnSum = async (_, context) =>
        {
            await never.Task.WaitAsync(context.CancellationToken);
            return new Note();
        };
        Echo.EchoClient client = await server.ClientAsync(_options);
        using AsyncClientStreamingCall<Note, Note> stuck = client.Sum();
        for (int i = 0; i < 70; i++)
        {
            await stuck.RequestStream.WriteAsync(new Note());
        }

        await Rpc.FailsAsync(stuck.ResponseAsync, StatusCode.InvalidArgument, "data handling error: ttrpc: stream buffer full");
        Assert.That((await client.SayAsync(new Note { Number = 4 }).ResponseAsync.Soon()).Number, Is.EqualTo(4));
    }

    [Test]
    public async Task ServerStream_ThatTheClientDoesNotRead_FailsByItselfAndTheOthersGoOn()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync(_options);
        using AsyncServerStreamingCall<Note> unread = client.Count(new Note { Number = 100 });

        Assert.That((await client.SayAsync(new Note { Number = 4 }).ResponseAsync.Soon()).Number, Is.EqualTo(4));
        await Bounded.UntilAsync(() => HasStatus(unread), "the stream was given up");
        Assert.That(unread.GetStatus().StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
    }

    [Test]
    public async Task RequestStream_Completed_TakesNoMore()
    {
        await using EchoServer server = new();
        using AsyncClientStreamingCall<Note, Note> call = (await server.ClientAsync(_options)).Sum();
        await call.RequestStream.CompleteAsync();

        Assert.That(() => call.RequestStream.WriteAsync(new Note()), Throws.InvalidOperationException);
        await call.ResponseAsync.Soon();
    }

    private static bool HasStatus(AsyncServerStreamingCall<Note> call)
    {
        try
        {
            return call.GetStatus().StatusCode >= 0;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static async Task<List<long>> ReadAllAsync(IAsyncStreamReader<Note> stream)
    {
        List<long> numbers = [];
        while (await stream.MoveNext(CancellationToken.None))
        {
            numbers.Add(stream.Current.Number);
        }

        return numbers;
    }
}
