using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

internal sealed class DuplexHandler<TRequest, TResponse>(
    string service,
    Method<TRequest, TResponse> method,
    DuplexStreamingServerMethod<TRequest, TResponse> handler) : MethodHandler(service, method.Name)
    where TRequest : class
    where TResponse : class
{
    internal override bool StreamsResponses => true;

    internal override MethodHandler Under(string service) => new DuplexHandler<TRequest, TResponse>(service, method, handler);

    internal override void Invoke(ServerCall call, PayloadReader reader, in ReadOnlySequence<byte> payload, FrameFlags flags) =>
        _ = RunAsync(call, call.OpenInput(reader, method.RequestMarshaller, payload, flags));

    private async Task RunAsync(ServerCall call, IAsyncStreamReader<TRequest> requests)
    {
        try
        {
            await handler(requests, call.OpenOutput(method.ResponseMarshaller), call).ConfigureAwait(false);
            call.EndStream();
        }
        catch (Exception e)
        {
            call.Fail(e);
        }
    }
}
