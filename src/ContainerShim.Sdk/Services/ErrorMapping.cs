using ContainerShim.Sdk.Linux;
using Grpc.Core;

namespace ContainerShim.Sdk.Services;

/// <summary>The one place where failures become wire status.</summary>
internal static class ErrorMapping
{
    /// <summary>The status that a client is answered; null leaves the exception to the server, which answers Unknown with its message.</summary>
    public static Status? ToStatus(Exception exception) => exception switch
    {
        // The codes are the same numbers, by definition of ShimErrorCode.
        ShimException e => new Status((StatusCode)e.Code, e.Message),
        LinuxException e => new Status((StatusCode)LinuxException.CodeOf(e.Errno), e.Message),
        OperationCanceledException => null,
        TimeoutException e => new Status(StatusCode.DeadlineExceeded, e.Message),
        _ => null,
    };
}
