using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

/// <summary>One call under way, and the context its handler sees.</summary>
internal sealed class ServerCall : ServerCallContext
{
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly ServerConnection _connection;
    private readonly TimeSpan? _timeout;
    private readonly long _startedAt;
    private Metadata? _headers;
    private Metadata? _trailers;
    private Dictionary<object, object>? _userState;
    private AuthContext? _authContext;
    private CancellationTokenSource? _cancellation;
    private bool _cancelled;
    private MessageSink? _input;

    internal ServerCall(ServerConnection connection, uint streamId, MethodHandler handler, Metadata? headers, long timeoutNanoseconds)
    {
        _connection = connection;
        StreamId = streamId;
        Handler = handler;
        _headers = headers;
        if (timeoutNanoseconds != 0)
        {
            _timeout = TimeSpan.FromTicks(timeoutNanoseconds / TimeSpan.NanosecondsPerTick);
            _startedAt = connection.Time.GetTimestamp();
        }
    }

    internal uint StreamId { get; }

    internal MethodHandler Handler { get; }

    internal TtrpcPeer? Credentials => _connection.Peer;

    protected override string MethodCore => Handler.FullName;

    protected override string HostCore => string.Empty;

    protected override string PeerCore => _connection.PeerText;

    protected override DateTime DeadlineCore => _timeout is { } timeout ? WallClock(timeout - _connection.Time.GetElapsedTime(_startedAt)) : DateTime.MaxValue;

    protected override Metadata RequestHeadersCore => _headers ??= [];

    protected override Metadata ResponseTrailersCore => _trailers ??= [];

    protected override Status StatusCore { get; set; }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => _authContext ??= new AuthContext(null, []);

    protected override IDictionary<object, object> UserStateCore => _userState ??= [];

    // Made when asked for: most calls end before anything could be cancelled.
    protected override CancellationToken CancellationTokenCore
    {
        get
        {
            try
            {
                return (Volatile.Read(ref _cancellation) ?? CreateCancellation()).Token;
            }
            catch (ObjectDisposedException)
            {
                return new CancellationToken(canceled: true);
            }
        }
    }

    private bool DeadlinePassed => _timeout is { } timeout && _connection.Time.GetElapsedTime(_startedAt) >= timeout;

    /// <summary>Ends the call with its one response.</summary>
    internal void Answer<T>(Marshaller<T> marshaller, T? response)
        where T : class
    {
        if (StatusCore.StatusCode != StatusCode.OK)
        {
            End(RpcStatus.Encode(StatusCore, null));
        }
        else if (response is null)
        {
            End(RpcStatus.Encode(new Status(StatusCode.Unknown, Texts.NullResponse), null));
        }
        else
        {
            End(Encode(marshaller, response));
        }
    }

    /// <summary>Ends a stream of responses: by a data frame, since Go's client takes a response frame for one more message.</summary>
    internal void EndStream() => End(StatusCore.StatusCode == StatusCode.OK
        ? new FrameBuffer(FrameType.Data, FrameFlags.RemoteClosed | FrameFlags.NoData, FrameBuffer.NoPayloadTag)
        : RpcStatus.Encode(StatusCore, null));

    internal void Fail(Exception error) => End(HandlerErrors.Encode(error, DeadlinePassed, _connection.MapException));

    /// <summary>Tells the handler that nobody waits for it any more.</summary>
    internal void Cancel()
    {
        Volatile.Write(ref _cancelled, true);
        Interlocked.MemoryBarrier();
        try
        {
            Volatile.Read(ref _cancellation)?.Cancel();
        }
        catch (Exception e) when (e is ObjectDisposedException or AggregateException)
        {
            // The handler has just ended, or its own callback failed; neither is the connection's affair.
        }
    }

    internal MessageQueue<T> OpenInput<T>(PayloadReader reader, Marshaller<T> marshaller, in ReadOnlySequence<byte> payload, FrameFlags flags)
    {
        MessageQueue<T> queue = new(marshaller, _connection.Time);
        if (!payload.IsEmpty)
        {
            _ = queue.DeliverAsync(reader, payload);
        }

        if (flags.HasFlag(FrameFlags.RemoteClosed))
        {
            queue.Complete(null);
        }

        _input = queue;
        CancellationTokenCore.UnsafeRegister(static (state, token) => ((MessageSink)state!).Complete(new OperationCanceledException(token)), queue);
        return queue;
    }

    internal ServerStreamWriter<T> OpenOutput<T>(Marshaller<T> marshaller) => new(this, marshaller);

    internal ValueTask<Delivery> DeliverAsync(PayloadReader reader, in ReadOnlySequence<byte> payload) =>
        _input?.DeliverAsync(reader, payload) ?? ValueTask.FromResult(Delivery.Closed);

    internal void CloseInput() => _input?.Complete(null);

    internal Task SendAsync(FrameBuffer frame)
    {
        Task sending = _connection.SendAsync(this, frame);
        return sending.IsCompleted ? sending : sending.WaitAsync(CancellationTokenCore);
    }

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException("ttrpc has no propagation tokens: pass on the deadline and the cancellation token.");

    private static FrameBuffer Encode<T>(Marshaller<T> marshaller, T response)
    {
        FrameBuffer frame = new(FrameType.Response, FrameFlags.None, FrameBuffer.ResponsePayloadTag);
        try
        {
            frame.WritePayload(marshaller, response);
            return frame;
        }
        catch (Exception e)
        {
            frame.Release();
            return RpcStatus.Encode(e is FrameTooLargeException
                ? new Status(StatusCode.ResourceExhausted, e.Message)
                : new Status(StatusCode.Internal, Texts.MarshalFailed + e.Message), null);
        }
    }

    private void End(FrameBuffer frame)
    {
        _connection.Finish(this, frame);
        if (_timeout is not null)
        {
            Volatile.Read(ref _cancellation)?.Dispose();
        }
    }

    private DateTime WallClock(TimeSpan remaining)
    {
        DateTime now = _connection.Time.GetUtcNow().UtcDateTime;
        return remaining > DateTime.MaxValue - now ? DateTime.MaxValue : now + remaining;
    }

    private CancellationTokenSource CreateCancellation()
    {
        CancellationTokenSource fresh = new();
        if (_timeout is { } timeout)
        {
            TimeSpan remaining = timeout - _connection.Time.GetElapsedTime(_startedAt);
            fresh = remaining > LongestTimer ? fresh : new CancellationTokenSource(remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero, _connection.Time);
        }

        if (Interlocked.CompareExchange(ref _cancellation, fresh, null) is { } winner)
        {
            fresh.Dispose();
            return winner;
        }

        if (Volatile.Read(ref _cancelled))
        {
            fresh.Cancel();
        }

        return fresh;
    }
}
