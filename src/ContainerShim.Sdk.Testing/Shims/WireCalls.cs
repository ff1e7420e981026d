using Grpc.Core;

namespace ContainerShim.Sdk.Testing.Shims;

/// <summary>Makes calls of generated clients, with the failures of the contracts.</summary>
internal static class WireCalls
{
    public static async Task<TResponse> CallAsync<TRequest, TResponse>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> call, TRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await call(request, new CallOptions(cancellationToken: cancellationToken)).ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // The codes are the same numbers, by definition of ShimErrorCode.
            ShimErrorCode code = (ShimErrorCode)e.StatusCode;
            throw new ShimException(Enum.IsDefined(code) ? code : ShimErrorCode.Unknown, e.Status.Detail, e);
        }
    }
}
