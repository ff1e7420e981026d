using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ContainerShim.Sdk.Ttrpc;

/// <summary>How a <see cref="TtrpcServer"/> serves. Read once, when the server is made.</summary>
public sealed class TtrpcServerOptions
{
    /// <summary>
    /// Whether a peer must have our own effective user and group id, as containerd's shims require; others are disconnected before a byte of
    /// theirs is read. Default: true.
    /// </summary>
    public bool RequireSameUser { get; set; } = true;

    /// <summary>A further check of each peer, after <see cref="RequireSameUser"/>; false disconnects it unread. Default: none.</summary>
    public Func<TtrpcPeer?, bool>? AuthorizePeer { get; set; }

    /// <summary>How many connections may be open at once; one too many is closed unread. Default: 512.</summary>
    public int MaxConnections { get; set; } = 512;

    /// <summary>
    /// How many calls one connection may have under way, <see cref="LongPolls"/> aside; one too many is answered with ResourceExhausted.
    /// Default: 1024.
    /// </summary>
    public int MaxStreamsPerConnection { get; set; } = 1024;

    /// <summary>
    /// Methods that answer when something happens, as <c>/package.Service/Method</c>; an alias of the service is included. Their calls are
    /// counted apart, up to <see cref="MaxLongPollsPerConnection"/>. Default: none.
    /// </summary>
    /// <remarks>
    /// ttrpc has no message by which a client gives up a call: Go's client forgets it, and the call stays here until what it waits for
    /// happens. Counted with the others such calls would, in time, leave no room for any.
    /// </remarks>
    public ISet<string> LongPolls { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>
    /// How many calls of <see cref="LongPolls"/> one connection may have under way; one too many is answered with ResourceExhausted. One
    /// that waits takes a kilobyte or two. Default: 65,536.
    /// </summary>
    public int MaxLongPollsPerConnection { get; set; } = 65_536;

    /// <summary>How long a peer may take over one frame that it has begun, before it is disconnected. Default: 30 seconds.</summary>
    public TimeSpan FrameTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock behind deadlines and timeouts. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Wrapped around each handler; the first is the outermost. Default: none.</summary>
    public IList<Interceptor> Interceptors { get; } = [];

    /// <summary>
    /// Turns what a handler threw into the status that is answered; null leaves it to the server. Asked first, for every exception.
    /// Default: none.
    /// </summary>
    /// <remarks>
    /// The server itself answers an <see cref="RpcException"/> with its status, <see cref="OperationCanceledException"/> with DeadlineExceeded
    /// or Cancelled, <see cref="TimeoutException"/> with DeadlineExceeded, a missing file with NotFound, an existing one with AlreadyExists,
    /// <see cref="UnauthorizedAccessException"/> with PermissionDenied, <see cref="EndOfStreamException"/> with OutOfRange,
    /// <see cref="ArgumentException"/> with InvalidArgument, and all else with Unknown and the exception's message.
    /// </remarks>
    public Func<Exception, Status?>? MapException { get; set; }

    /// <summary>Told of refused and broken connections, for logging; may be called from several threads at once. Default: none.</summary>
    public Action<TtrpcConnectionFault>? ConnectionFaulted { get; set; }
}
