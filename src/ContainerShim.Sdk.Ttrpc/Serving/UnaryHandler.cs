using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

internal sealed class UnaryHandler<TRequest, TResponse>(
    string service,
    Method<TRequest, TResponse> method,
    UnaryServerMethod<TRequest, TResponse> handler) : MethodHandler(service, method.Name)
    where TRequest : class
    where TResponse : class
{
    internal override bool IsUnary => true;

    internal override MethodHandler Under(string service) => new UnaryHandler<TRequest, TResponse>(service, method, handler);

    internal override void Invoke(ServerCall call, PayloadReader reader, in ReadOnlySequence<byte> payload, FrameFlags flags)
    {
        Task<TResponse> running;
        try
        {
            running = handler(reader.Read(method.RequestMarshaller, payload), call);
            if (running.IsCompletedSuccessfully)
            {
                call.Answer(method.ResponseMarshaller, running.GetAwaiter().GetResult());
                return;
            }
        }
        catch (Exception e)
        {
            call.Fail(e);
            return;
        }

        _ = AnswerAsync(call, running);
    }

    private async Task AnswerAsync(ServerCall call, Task<TResponse> running)
    {
        try
        {
            call.Answer(method.ResponseMarshaller, await running.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            call.Fail(e);
        }
    }
}
