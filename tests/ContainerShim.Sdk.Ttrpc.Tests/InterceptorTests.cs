using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class InterceptorTests
{
    private static readonly AsyncLocal<string?> Ambient = new();

    [Test]
    public async Task ServerInterceptors_WrapEveryKindOfHandlerTheFirstOutermost()
    {
        List<string> log = [];
        await using EchoServer server = new(options =>
        {
            options.Interceptors.Add(new Recorder("a", log));
            options.Interceptors.Add(new Recorder("b", log));
        });
        Echo.EchoClient client = await server.ClientAsync();

        await client.SayAsync(new Note()).ResponseAsync.Soon();
        using AsyncServerStreamingCall<Note> count = client.Count(new Note());
        await count.ResponseStream.MoveNext(CancellationToken.None).Soon();
        using AsyncClientStreamingCall<Note, Note> sum = client.Sum();
        await sum.RequestStream.CompleteAsync();
        await sum.ResponseAsync.Soon();
        using AsyncDuplexStreamingCall<Note, Note> chat = client.Chat();
        await chat.RequestStream.CompleteAsync();
        await chat.ResponseStream.MoveNext(CancellationToken.None).Soon();

        Assert.That(log, Is.EqualTo(new[] { "a unary", "b unary", "a server", "b server", "a client", "b client", "a duplex", "b duplex" }));
    }

    [Test]
    public async Task ClientInterceptor_SeesCallsAndMayChangeThem()
    {
        await using EchoServer server = new();
        string? seen = null;
        server.Service.OnSay = (note, context) =>
        {
            seen = context.RequestHeaders.GetValue("added");
            return Task.FromResult(note);
        };
        TtrpcChannel channel = await server.ConnectAsync();
        Echo.EchoClient client = new(channel.CreateCallInvoker().Intercept(headers =>
        {
            headers.Add("added", "yes");
            return headers;
        }));

        await client.SayAsync(new Note()).ResponseAsync.Soon();

        Assert.That(seen, Is.EqualTo("yes"));
    }

    [Test]
    public async Task Handler_ThatLeavesAnAmbientValue_DoesNotPassItToTheNextCall()
    {
        await using EchoServer server = new();
        List<string?> seen = [];
        server.Service.OnSay = (note, _) =>
        {
            seen.Add(Ambient.Value);
            Ambient.Value = "left over";
            return Task.FromResult(note);
        };
        using RawClient raw = server.Raw();
        raw.Send([.. Call(1), .. Call(3)]);
        raw.ReceiveResponse();
        raw.ReceiveResponse();

        Assert.That(seen, Is.EqualTo(new string?[] { null, null }));

        static byte[] Call(uint id)
        {
            byte[] body = RawClient.Request(RawClient.EchoName, "Say", []);
            return RawClient.Frame((uint)body.Length, id, 1, 0, body);
        }
    }

    private sealed class Recorder(string name, List<string> log) : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            log.Add($"{name} unary");
            return continuation(request, context);
        }

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Add($"{name} server");
            return continuation(request, responseStream, context);
        }

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Add($"{name} client");
            return continuation(requestStream, context);
        }

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            log.Add($"{name} duplex");
            return continuation(requestStream, responseStream, context);
        }
    }
}
