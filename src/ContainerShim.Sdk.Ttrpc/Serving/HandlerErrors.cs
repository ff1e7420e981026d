using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

/// <summary>The one place where what a handler threw becomes the status that is answered (convertCode in ttrpc's services.go).</summary>
internal static class HandlerErrors
{
    private const int Eexist = 17;

    internal static FrameBuffer Encode(Exception error, bool deadlinePassed, Func<Exception, Status?>? map)
    {
        byte[]? details = null;
        Status status = Mapped(error, map) ?? (error is RpcException rpc ? FromRpc(rpc, out details) : FromException(error, deadlinePassed));
        return RpcStatus.Encode(status, details);
    }

    private static Status? Mapped(Exception error, Func<Exception, Status?>? map)
    {
        try
        {
            return map?.Invoke(error) is { StatusCode: not StatusCode.OK } status ? status : null;
        }
        catch (Exception)
        {
            // The call must be answered, and what the handler threw says more than what the mapping did.
            return null;
        }
    }

    private static Status FromRpc(RpcException error, out byte[]? details)
    {
        details = error.Trailers.GetValueBytes(RpcStatus.DetailsTrailer);
        return error.StatusCode == StatusCode.OK ? new Status(StatusCode.Unknown, error.Status.Detail) : error.Status;
    }

    private static Status FromException(Exception error, bool deadlinePassed) => error switch
    {
        OperationCanceledException when deadlinePassed => new Status(StatusCode.DeadlineExceeded, Texts.DeadlineExceeded),
        OperationCanceledException => new Status(StatusCode.Cancelled, Texts.Cancelled),
        TimeoutException => new Status(StatusCode.DeadlineExceeded, error.Message),
        EndOfStreamException => new Status(StatusCode.OutOfRange, error.Message),
        FileNotFoundException or DirectoryNotFoundException => new Status(StatusCode.NotFound, error.Message),
        IOException { HResult: Eexist } => new Status(StatusCode.AlreadyExists, error.Message),
        UnauthorizedAccessException => new Status(StatusCode.PermissionDenied, error.Message),
        ArgumentException => new Status(StatusCode.InvalidArgument, error.Message),
        _ => new Status(StatusCode.Unknown, error.Message),
    };
}
