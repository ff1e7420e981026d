using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Makes the trace context of a request known to what serves it.</summary>
internal sealed class TraceContextInterceptor : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        // Ambient values that an async method sets end with it.
        TraceContext.Remote = TraceContext.Read(context.RequestHeaders);
        return await continuation(request, context).ConfigureAwait(false);
    }
}
