using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>Calls the task service under the name that shims before 2.0 serve; the messages are the same bytes.</summary>
internal sealed class OlderServiceName : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        Method<TRequest, TResponse> method = context.Method;
        Method<TRequest, TResponse> older = new(
            method.Type, "containerd.task.v2.Task", method.Name, method.RequestMarshaller, method.ResponseMarshaller);
        return continuation(request, new ClientInterceptorContext<TRequest, TResponse>(older, context.Host, context.Options));
    }
}
