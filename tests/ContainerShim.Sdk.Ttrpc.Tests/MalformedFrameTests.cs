using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Google.Protobuf;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

/// <summary>What server.go does with frames that a correct client does not send, seen from outside.</summary>
public sealed class MalformedFrameTests
{
    private const byte Request = 1;
    private const byte Response = 2;
    private const byte Data = 3;
    private const byte RemoteClosed = 1;
    private const byte NoData = 4;

    [TestCase(Request)]
    [TestCase(Data)]
    [TestCase((byte)99)]
    public async Task EvenStreamId_IsAnsweredOnThatId(byte type)
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(2, type, 0, []);

        AssertInvalid(raw.ReceiveResponse(), 2, "StreamID must be odd for client initiated streams");
        AssertServes(raw, 1);
    }

    [TestCase(5u)]
    [TestCase(3u)]
    public async Task StreamId_ThatDoesNotIncrease_IsAnsweredAndTheConnectionGoesOn(uint id)
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        AssertServes(raw, 5);
        raw.Call(id, "Say", new Note());

        AssertInvalid(raw.ReceiveResponse(), id, "StreamID cannot be re-used and must increment");
        AssertServes(raw, 7);
    }

    [Test]
    public async Task StreamId_OfTheHighestValue_IsServed()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();

        AssertServes(raw, uint.MaxValue);
    }

    [TestCase(0)]
    [TestCase(1)]
    public async Task Data_ForAnUnknownStream_IsAnswered(int length)
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(3, Data, 0, new byte[length]);

        AssertInvalid(raw.ReceiveResponse(), 3, "StreamID is no longer active");
        AssertServes(raw, 1);
    }

    [TestCase(Response)]
    [TestCase((byte)0)]
    [TestCase((byte)4)]
    [TestCase((byte)255)]
    public async Task OtherTypes_AreIgnored(byte type)
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(1, type, 0, [1, 2, 3]);

        AssertServes(raw, 1);
    }

    [TestCase((byte)0)]
    [TestCase((byte)1)]
    [TestCase((byte)2)]
    [TestCase((byte)0xff)]
    public async Task Flags_OfAUnaryRequest_DoNotMatter(byte flags)
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.Call(1, "Say", new Note { Number = 8 }, flags);

        Assert.That(Note.Parser.ParseFrom(raw.ReceiveResponse().Payload).Number, Is.EqualTo(8));
    }

    [Test]
    public async Task HalfAHeader_ThenTheEnd_ClosesTheConnectionOnly()
    {
        await using EchoServer server = new();
        using (RawClient raw = server.Raw())
        {
            raw.Send([0, 0, 0, 5, 0]);
            raw.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            Assert.That(raw.IsClosedByServer());
        }

        using RawClient next = server.Raw();
        AssertServes(next, 1);
    }

    [Test]
    public async Task Frames_ThatArriveByteByByte_AreServed()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        byte[] body = RawClient.Request(RawClient.EchoName, "Say", new Note { Number = 6 }.ToByteArray());
        foreach (byte b in RawClient.Frame((uint)body.Length, 1, Request, 0, body))
        {
            raw.Send([b]);
        }

        Assert.That(Note.Parser.ParseFrom(raw.ReceiveResponse().Payload).Number, Is.EqualTo(6));
    }

    [Test]
    public async Task EmptyRequest_NamesNoService()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(1, Request, 0, []);

        RawResponse response = raw.ReceiveResponse();
        Assert.That((response.Code, response.Message), Is.EqualTo((StatusCode.Unimplemented, "service ")));
    }

    private static readonly byte[][] Garbage =
    [
        [0xff],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0x0a, 0x05, 1],
        [0x00, 0x01],
        [0x0a, 0x02, 0xc3, 0x28],
        [0x0f],
        [0x0c],
        [0x35, 1, 2],
        [0x2a, 0x02, 0x0a, 0x09],
        .. new byte[][] { [.. Enumerable.Repeat((byte)0x33, 1000)] },
    ];

    [TestCaseSource(nameof(Garbage))]
    public async Task Request_ThatIsNoMessage_IsAnsweredAndTheConnectionGoesOn(byte[] body)
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(1, Request, 0, body);

        RawResponse response = raw.ReceiveResponse();
        Assert.That(response.Code, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(response.Message, Does.StartWith("unmarshal request error: "));
        AssertServes(raw, 3);
    }

    [Test]
    public async Task Request_WithUnknownFields_IsServed()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        byte[] unknown = [0x30, 1, 0x3d, 1, 2, 3, 4, 0x41, 1, 2, 3, 4, 5, 6, 7, 8, 0x4a, 1, 9, 0x53, 0x08, 1, 0x54];
        raw.SendFrame(1, Request, 0, [.. unknown, .. RawClient.Request(RawClient.EchoName, "Say", [0x10, 7])]);

        Assert.That(Note.Parser.ParseFrom(raw.ReceiveResponse().Payload).Number, Is.EqualTo(7));
    }

    [Test]
    public async Task Data_OnAUnaryCall_EndsItAndIsAnsweredOnce()
    {
        await using EchoServer server = new();
        TaskCompletionSource<CancellationToken> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, context) =>
        {
            started.SetResult(context.CancellationToken);
            await release.Task;
            return note;
        };
        using RawClient raw = server.Raw();
        raw.Call(1, "Say", new Note());
        CancellationToken token = await started.Task.Soon();
        raw.SendFrame(1, Data, 0, [1]);

        AssertInvalid(raw.ReceiveResponse(), 1, "data handling error: ttrpc: stream closed");
        await Bounded.UntilAsync(() => token.IsCancellationRequested, "the handler is cancelled");
        release.SetResult();
        server.Service.OnSay = (note, _) => Task.FromResult(note);
        AssertServes(raw, 3);
    }

    [Test]
    public async Task Close_WithData_IsAnsweredAsAnError()
    {
        await using EchoServer server = new();
        server.Service.OnSum = async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new Note();
        };
        using RawClient raw = server.Raw();
        raw.SendFrame(1, Request, 2, RawClient.Request(RawClient.EchoName, "Sum", []));
        raw.SendFrame(1, Data, RemoteClosed, new Note { Number = 1 }.ToByteArray());

        AssertInvalid(raw.ReceiveResponse(), 1, "data close message cannot include data");
        AssertServes(raw, 3);
    }

    [Test]
    public async Task Data_AfterTheClose_IsAnsweredAsAnError()
    {
        await using EchoServer server = new();
        server.Service.OnSum = async (_, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new Note();
        };
        using RawClient raw = server.Raw();
        raw.SendFrame(1, Request, 2, RawClient.Request(RawClient.EchoName, "Sum", []));
        raw.SendFrame(1, Data, RemoteClosed | NoData, []);
        raw.SendFrame(1, Data, 0, []);

        AssertInvalid(raw.ReceiveResponse(), 1, "data handling error: ttrpc: stream closed");
    }

    [Test]
    public async Task ServerStream_EndsWithADataFrameAsGoClientsExpect()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.Call(1, "Count", new Note { Number = 1 }, RemoteClosed);

        RawFrame message = raw.Receive();
        RawFrame end = raw.Receive();

        Assert.That((message.Type, message.Flags, message.Body.Length), Is.EqualTo((Data, (byte)0, 0)));
        Assert.That((end.Type, end.Flags, end.Body.Length), Is.EqualTo((Data, (byte)(RemoteClosed | NoData), 0)));
    }

    private static void AssertInvalid(RawResponse response, uint id, string message) =>
        Assert.That((response.StreamId, response.Code, response.Message), Is.EqualTo((id, StatusCode.InvalidArgument, message)));

    private static void AssertServes(RawClient raw, uint id)
    {
        raw.Call(id, "Say", new Note { Number = id });
        RawResponse response = raw.ReceiveResponse();
        Assert.That((response.StreamId, Note.Parser.ParseFrom(response.Payload).Number), Is.EqualTo((id, (long)id)));
    }
}
