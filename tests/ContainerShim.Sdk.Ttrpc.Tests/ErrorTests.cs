using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class ErrorTests
{
    private static readonly TestCaseData<Exception, StatusCode, string>[] Exceptions =
    [
        new(new RpcException(new Status(StatusCode.FailedPrecondition, "ä: container not running")), StatusCode.FailedPrecondition, "ä: container not running"),
        new(new RpcException(new Status(StatusCode.OK, "odd")), StatusCode.Unknown, "odd"),
        new(new InvalidOperationException("plain"), StatusCode.Unknown, "plain"),
        new(new FileNotFoundException("gone"), StatusCode.NotFound, "gone"),
        new(new DirectoryNotFoundException("gone"), StatusCode.NotFound, "gone"),
        new(new UnauthorizedAccessException("no"), StatusCode.PermissionDenied, "no"),
        new(new IOException("there", 17), StatusCode.AlreadyExists, "there"),
        new(new IOException("other", 5), StatusCode.Unknown, "other"),
        new(new EndOfStreamException("end"), StatusCode.OutOfRange, "end"),
        new(new TimeoutException("slow"), StatusCode.DeadlineExceeded, "slow"),
        new(new OperationCanceledException(), StatusCode.Cancelled, "context canceled"),
        new(new ArgumentException("bad"), StatusCode.InvalidArgument, "bad"),
        new(new NotSupportedException("mapped"), StatusCode.Unimplemented, "by the hook"),
        new(new NotImplementedException("hook fails"), StatusCode.Unknown, "hook fails"),
    ];

    [TestCaseSource(nameof(Exceptions))]
    public async Task Handler_ThatThrows_IsAnsweredWithTheMatchingStatus(Exception thrown, StatusCode code, string detail)
    {
        await using EchoServer server = new(options => options.MapException = e => e switch
        {
            NotSupportedException => new Status(StatusCode.Unimplemented, "by the hook"),
            NotImplementedException => throw new InvalidOperationException("the hook"),
            _ => null,
        });
        Echo.EchoClient client = await server.ClientAsync();

        server.Service.OnSay = (_, _) => throw thrown;
        await Rpc.FailsAsync(client.SayAsync(new Note()).ResponseAsync, code, detail);

        server.Service.OnSay = async (_, _) =>
        {
            await Task.Yield();
            throw thrown;
        };
        await Rpc.FailsAsync(client.SayAsync(new Note()).ResponseAsync, code, detail);
    }

    [Test]
    public async Task Handler_ThatThrowsWithDetails_HandsThemToTheClient()
    {
        // google.rpc.Status {code: 9, message: "x", details: [Any {type_url: "t"}]}
        byte[] details = [0x08, 9, 0x12, 1, (byte)'x', 0x1a, 3, 0x0a, 1, (byte)'t'];
        await using EchoServer server = new();
        server.Service.OnSay = (_, _) => throw new RpcException(
            new Status(StatusCode.FailedPrecondition, "x"), new Metadata { { "grpc-status-details-bin", details } });
        AsyncUnaryCall<Note> call = (await server.ClientAsync()).SayAsync(new Note());

        RpcException error = (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon()))!;

        Assert.That(error.Trailers.GetValueBytes("grpc-status-details-bin"), Is.EqualTo(details));
        Assert.That(call.GetTrailers(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Handler_ThatReturnsNull_IsAnsweredAndTheConnectionGoesOn()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();
        server.Service.OnSay = (_, _) => Task.FromResult<Note>(null!);
        await Rpc.FailsAsync(client.SayAsync(new Note()).ResponseAsync, StatusCode.Unknown, "ttrpc: marshal called with nil");

        server.Service.OnSay = (_, _) => null!;
        await Rpc.FailsAsync(client.SayAsync(new Note()).ResponseAsync, StatusCode.Unknown);

        server.Service.OnSay = (note, _) => Task.FromResult(note);
        await client.SayAsync(new Note()).ResponseAsync.Soon();
    }

    [Test]
    public async Task Handler_ThatSetsAStatus_IsAnsweredWithIt()
    {
        await using EchoServer server = new();
        server.Service.OnSay = (note, context) =>
        {
            context.Status = new Status(StatusCode.NotFound, "set");
            return Task.FromResult(note);
        };

        await Rpc.FailsAsync((await server.ClientAsync()).SayAsync(new Note()).ResponseAsync, StatusCode.NotFound, "set");
    }

    [Test]
    public async Task UnknownService_IsUnimplemented()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.Call(1, "Say", new Note(), service: "no.such.Service");

        RawResponse response = raw.ReceiveResponse();
        Assert.That((response.Code, response.Message), Is.EqualTo((StatusCode.Unimplemented, "service no.such.Service")));
    }

    [Test]
    public async Task UnknownMethod_IsUnimplemented()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.Call(1, "Shout", new Note());

        RawResponse response = raw.ReceiveResponse();
        Assert.That((response.Code, response.Message), Is.EqualTo((StatusCode.Unimplemented, "method Shout")));
    }

    [Test]
    public async Task Payload_ThatIsNoSuchMessage_IsInternal()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 0, RawClient.Request(RawClient.EchoName, "Say", [0x0a, 200]));

        RawResponse response = raw.ReceiveResponse();
        Assert.That(response.Code, Is.EqualTo(StatusCode.Internal));
        Assert.That(response.Message, Does.StartWith("ttrpc: error unmarshalling payload: "));
    }

    [Test]
    public async Task StreamedPayload_ThatIsNoSuchMessage_FailsTheReader()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 2, RawClient.Request(RawClient.EchoName, "Sum", []));
        raw.SendFrame(1, 3, 0, [0x0a, 200]);

        RawResponse response = raw.ReceiveResponse();
        Assert.That(response.Code, Is.EqualTo(StatusCode.Internal));
        Assert.That(response.Message, Does.StartWith("ttrpc: error unmarshalling payload: "));
    }

    [Test]
    public async Task Error_WithAHugeText_IsCutAndAnswered()
    {
        await using EchoServer server = new();
        server.Service.OnSay = (_, _) => throw new InvalidOperationException(new string('x', 8 << 20));
        using RawClient raw = server.Raw();
        raw.Call(1, "Say", new Note());

        Assert.That(raw.ReceiveResponse().Message, Has.Length.EqualTo(64 << 10));
    }
}
