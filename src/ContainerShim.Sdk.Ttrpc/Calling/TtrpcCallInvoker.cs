using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Calling;

/// <summary>Carries the calls of generated clients over a channel.</summary>
internal sealed class TtrpcCallInvoker(TtrpcChannel channel, TimeProvider time) : CallInvoker
{
    /// <remarks>Blocks the calling thread, as the method's contract is; the answer arrives on another.</remarks>
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        AsyncUnaryCall(method, host, options, request).GetAwaiter().GetResult();

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        SingleCall<TRequest, TResponse> call = new(channel, method);
        call.Start(method, request, options, time);
        return new AsyncUnaryCall<TResponse>(
            call.Response, ClientCall.NoHeaders, ClientCall.StatusOf, ClientCall.TrailersOf, ClientCall.DisposeOf, call);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        SingleCall<TRequest, TResponse> call = new(channel, method);
        call.Start(method, null, options, time);
        return new AsyncClientStreamingCall<TRequest, TResponse>(
            new ClientStreamWriter<TRequest>(call, method.RequestMarshaller),
            call.Response, ClientCall.NoHeaders, ClientCall.StatusOf, ClientCall.TrailersOf, ClientCall.DisposeOf, call);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        StreamCall<TRequest, TResponse> call = new(channel, method, time);
        call.Start(method, request, options, time);
        return new AsyncServerStreamingCall<TResponse>(
            call.Responses, ClientCall.NoHeaders, ClientCall.StatusOf, ClientCall.TrailersOf, ClientCall.DisposeOf, call);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        StreamCall<TRequest, TResponse> call = new(channel, method, time);
        call.Start(method, null, options, time);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            new ClientStreamWriter<TRequest>(call, method.RequestMarshaller),
            call.Responses, ClientCall.NoHeaders, ClientCall.StatusOf, ClientCall.TrailersOf, ClientCall.DisposeOf, call);
    }
}
