using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

internal sealed class ServerStreamingHandler<TRequest, TResponse>(
    string service,
    Method<TRequest, TResponse> method,
    ServerStreamingServerMethod<TRequest, TResponse> handler) : MethodHandler(service, method.Name)
    where TRequest : class
    where TResponse : class
{
    internal override bool StreamsResponses => true;

    internal override MethodHandler Under(string service) => new ServerStreamingHandler<TRequest, TResponse>(service, method, handler);

    internal override void Invoke(ServerCall call, PayloadReader reader, in ReadOnlySequence<byte> payload, FrameFlags flags)
    {
        TRequest request;
        try
        {
            request = reader.Read(method.RequestMarshaller, payload);
        }
        catch (Exception e)
        {
            call.Fail(e);
            return;
        }

        _ = RunAsync(call, request);
    }

    private async Task RunAsync(ServerCall call, TRequest request)
    {
        try
        {
            await handler(request, call.OpenOutput(method.ResponseMarshaller), call).ConfigureAwait(false);
            call.EndStream();
        }
        catch (Exception e)
        {
            call.Fail(e);
        }
    }
}
