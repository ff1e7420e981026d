using System.Net.Sockets;
using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Google.Protobuf;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

[TestFixture(false)]
[TestFixture(true)]
public sealed class ChannelTests(bool ownThread)
{
    private readonly TtrpcChannelOptions _options = new() { ReadsOnOwnThread = ownThread };

    [Test]
    public async Task Connect_WhereNobodyListens_Fails()
    {
        using TempDirectory directory = new();

        await Assert.ThatAsync(() => TtrpcChannel.ConnectAsync(directory["s"], _options).AsTask(), Throws.InstanceOf<SocketException>());
    }

    [Test]
    public async Task LazyChannel_WhereNobodyListens_FailsTheCallAndIsClosed()
    {
        using TempDirectory directory = new();
        await using TtrpcChannel channel = new(token => UnixTtrpcTransport.ConnectAsync(directory["s"], token), _options);

        await Rpc.FailsAsync(new Echo.EchoClient(channel).SayAsync(new Note()).ResponseAsync, StatusCode.Unavailable);
        await channel.Closed.Soon();
    }

    [Test]
    public async Task LazyChannel_ConnectsOnceForAllCalls()
    {
        await using EchoServer server = new();
        int connects = 0;
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TtrpcChannel channel = new(async token =>
        {
            connects++;
            await gate.Task;
            return await UnixTtrpcTransport.ConnectAsync(server.Path, token);
        }, _options);
        Echo.EchoClient client = new(channel);
        AsyncUnaryCall<Note>[] calls = [client.SayAsync(new Note { Number = 1 }), client.SayAsync(new Note { Number = 2 })];
        using AsyncClientStreamingCall<Note, Note> sum = client.Sum();
        Task write = sum.RequestStream.WriteAsync(new Note { Number = 40 });
        gate.SetResult();

        await write.Soon();
        await sum.RequestStream.CompleteAsync().Soon();
        Assert.That((await sum.ResponseAsync.Soon()).Number, Is.EqualTo(40));
        Assert.That(await Task.WhenAll(calls.Select(call => call.ResponseAsync)).Soon(), Has.Length.EqualTo(2));
        Assert.That(connects, Is.EqualTo(1));
    }

    [Test]
    public async Task Channel_WhoseServerGoesAway_FailsCallsUnderWayAndLaterOnes()
    {
        await using EchoServer server = new();
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, context) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return note;
        };
        TtrpcChannel channel = await server.ConnectAsync(_options);
        Echo.EchoClient client = new(channel);
        AsyncUnaryCall<Note> call = client.SayAsync(new Note());
        await started.Task.Soon();
        await server.Server.DisposeAsync();

        await Rpc.FailsAsync(call.ResponseAsync, StatusCode.Unavailable, "ttrpc: closed");
        await channel.Closed.Soon();
        await Rpc.FailsAsync(client.SayAsync(new Note()).ResponseAsync, StatusCode.Unavailable, "ttrpc: closed");
        using AsyncClientStreamingCall<Note, Note> sum = client.Sum();
        await Rpc.FailsAsync(sum.ResponseAsync, StatusCode.Unavailable, "ttrpc: closed");
    }

    [Test]
    public async Task Channel_DisposedOf_FailsLaterCalls()
    {
        await using EchoServer server = new();
        TtrpcChannel channel = await server.ConnectAsync(_options);
        await channel.DisposeAsync();

        await Rpc.FailsAsync(new Echo.EchoClient(channel).SayAsync(new Note()).ResponseAsync, StatusCode.Unavailable, "ttrpc: closed");
        Assert.That(channel.Closed.IsCompletedSuccessfully);
    }

    [Test]
    public async Task Channel_DisposedOfBeforeItConnected_FailsCalls()
    {
        TtrpcChannel channel = new(_ => throw new InvalidOperationException("must not connect"));
        await channel.DisposeAsync();

        await Rpc.FailsAsync(new Echo.EchoClient(channel).SayAsync(new Note()).ResponseAsync, StatusCode.Unavailable, "ttrpc: closed");
    }

    [Test]
    public async Task Client_OnTheWire_SendsWhatAGoServerExpects()
    {
        (RawClient raw, TtrpcChannel channel) = await PairAsync();
        using (raw)
        {
            await using TtrpcChannel owned = channel;
            Echo.EchoClient client = new(channel);
            AsyncUnaryCall<Note> first = client.SayAsync(new Note { Number = 1 });
            RawFrame unary = raw.Receive();
            using AsyncServerStreamingCall<Note> count = client.Count(new Note());
            RawFrame serverStream = raw.Receive();
            using AsyncClientStreamingCall<Note, Note> sum = client.Sum();
            RawFrame clientStream = raw.Receive();
            await sum.RequestStream.WriteAsync(new Note());
            RawFrame data = raw.Receive();
            await sum.RequestStream.CompleteAsync();
            RawFrame end = raw.Receive();

            Assert.That((unary.StreamId, unary.Type, unary.Flags), Is.EqualTo((1u, (byte)1, (byte)0)));
            Assert.That((serverStream.StreamId, serverStream.Type, serverStream.Flags), Is.EqualTo((3u, (byte)1, (byte)1)));
            Assert.That((clientStream.StreamId, clientStream.Type, clientStream.Flags), Is.EqualTo((5u, (byte)1, (byte)2)));
            Assert.That((data.StreamId, data.Type, data.Flags, data.Body.Length), Is.EqualTo((5u, (byte)3, (byte)0, 0)));
            Assert.That((end.StreamId, end.Type, end.Flags, end.Body.Length), Is.EqualTo((5u, (byte)3, (byte)5, 0)));

            raw.SendFrame(7, 2, 0, []);
            raw.SendFrame(1, 9, 0, []);
            raw.SendFrame(1, 2, 0, [0x12, 2, 0x10, 5]);
            Assert.That((await first.ResponseAsync.Soon()).Number, Is.EqualTo(5), "frames for nobody are ignored");
        }
    }

    [TestCase(new byte[] { 0x12, 2, 0x10 }, TestName = "Response_ThatIsCutShort_IsInternal")]
    [TestCase(new byte[] { 0x12, 2, 0x0a, 9 }, TestName = "ResponseWithABadPayload_IsInternal")]
    public async Task Response_ThatIsMalformed_FailsTheCall(byte[] body)
    {
        (RawClient raw, TtrpcChannel channel) = await PairAsync();
        using (raw)
        {
            await using TtrpcChannel owned = channel;
            AsyncUnaryCall<Note> call = new Echo.EchoClient(channel).SayAsync(new Note());
            raw.Receive();
            raw.SendFrame(1, 2, 0, body);

            await Rpc.FailsAsync(call.ResponseAsync, StatusCode.Internal);
            Assert.That(channel.Closed.IsCompleted, Is.False);
        }
    }

    [Test]
    public async Task Response_ThatIsOversized_FailsTheCallAndTheChannelGoesOn()
    {
        (RawClient raw, TtrpcChannel channel) = await PairAsync();
        using (raw)
        {
            await using TtrpcChannel owned = channel;
            Echo.EchoClient client = new(channel);
            AsyncUnaryCall<Note> call = client.SayAsync(new Note());
            raw.Receive();
            raw.SendFrame(1, 2, 0, new byte[(4 << 20) + 1]);
            await Rpc.FailsAsync(call.ResponseAsync, StatusCode.ResourceExhausted, "message length 4194305 exceed maximum message size of 4194304");

            call = client.SayAsync(new Note());
            raw.Receive();
            raw.SendFrame(3, 2, 0, []);
            await call.ResponseAsync.Soon();
        }
    }

    [Test]
    public async Task Stream_EndedByAResponseFrame_DeliversItsPayload()
    {
        (RawClient raw, TtrpcChannel channel) = await PairAsync();
        using (raw)
        {
            await using TtrpcChannel owned = channel;
            using AsyncServerStreamingCall<Note> call = new Echo.EchoClient(channel).Count(new Note());
            raw.Receive();
            raw.SendFrame(1, 2, 0, [0x12, 2, .. new Note { Number = 5 }.ToByteArray()]);

            Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon());
            Assert.That(call.ResponseStream.Current.Number, Is.EqualTo(5));
            Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon(), Is.False);
        }
    }

    [Test]
    public async Task Stream_EndedByDataWithTheLastMessage_DeliversIt()
    {
        (RawClient raw, TtrpcChannel channel) = await PairAsync();
        using (raw)
        {
            await using TtrpcChannel owned = channel;
            using AsyncServerStreamingCall<Note> call = new Echo.EchoClient(channel).Count(new Note());
            raw.Receive();
            raw.SendFrame(1, 3, 1, new Note { Number = 6 }.ToByteArray());

            Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon());
            Assert.That(call.ResponseStream.Current.Number, Is.EqualTo(6));
            Assert.That(await call.ResponseStream.MoveNext(CancellationToken.None).Soon(), Is.False);
        }
    }

    [Test]
    public async Task Data_OnAUnaryCall_FailsIt()
    {
        (RawClient raw, TtrpcChannel channel) = await PairAsync();
        using (raw)
        {
            await using TtrpcChannel owned = channel;
            AsyncUnaryCall<Note> call = new Echo.EchoClient(channel).SayAsync(new Note());
            raw.Receive();
            raw.SendFrame(1, 3, 0, []);

            await Rpc.FailsAsync(call.ResponseAsync, StatusCode.Internal);
        }
    }

    private async Task<(RawClient Server, TtrpcChannel Client)> PairAsync()
    {
        using TempDirectory directory = new();
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(directory["s"]));
        listener.Listen();
        TtrpcChannel channel = await TtrpcChannel.ConnectAsync(directory["s"], _options);
        return (new RawClient(await listener.AcceptAsync()), channel);
    }
}
