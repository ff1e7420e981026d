using Grpc.Core;

namespace ContainerShim.Sdk.Grpc;

/// <summary>Turns failed calls into exceptions that show nothing of gRPC.</summary>
internal static class RpcErrors
{
    public static Exception ToException(RpcException exception, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new OperationCanceledException(exception.Status.Detail, exception, cancellationToken);
        }

        // What breaks a connection half way is reported as Internal or Cancelled, by where it struck; the codes are else the same numbers.
        bool isBroken = exception.Status.DebugException is IOException or HttpRequestException;
        ShimErrorCode code = isBroken ? ShimErrorCode.Unavailable : (ShimErrorCode)exception.StatusCode;
        return new ShimException(code, exception.Status.Detail, exception);
    }
}
