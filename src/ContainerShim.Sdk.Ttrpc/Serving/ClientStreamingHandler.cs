using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

internal sealed class ClientStreamingHandler<TRequest, TResponse>(
    string service,
    Method<TRequest, TResponse> method,
    ClientStreamingServerMethod<TRequest, TResponse> handler) : MethodHandler(service, method.Name)
    where TRequest : class
    where TResponse : class
{
    internal override MethodHandler Under(string service) => new ClientStreamingHandler<TRequest, TResponse>(service, method, handler);

    internal override void Invoke(ServerCall call, PayloadReader reader, in ReadOnlySequence<byte> payload, FrameFlags flags) =>
        _ = RunAsync(call, call.OpenInput(reader, method.RequestMarshaller, payload, flags));

    private async Task RunAsync(ServerCall call, IAsyncStreamReader<TRequest> requests)
    {
        try
        {
            call.Answer(method.ResponseMarshaller, await handler(requests, call).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            call.Fail(e);
        }
    }
}
