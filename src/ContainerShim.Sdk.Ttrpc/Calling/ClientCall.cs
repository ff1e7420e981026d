using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Calling;

/// <summary>One call that a client made, from its first frame to its end. It ends once, by whatever comes first.</summary>
internal abstract class ClientCall
{
    private static readonly Task<Metadata> EmptyHeaders = Task.FromResult<Metadata>([]);

    private readonly TtrpcChannel _channel;

    // Ends when the first frame is in line, for the frames that follow it; null where that was done at once.
    private Task? _begun;

    // Guards the fields below.
    private readonly Lock _lock = new();
    private ClientConnection? _connection;
    private ITimer? _deadline;
    private CancellationTokenRegistration _cancellation;
    private Status? _status;
    private Metadata? _trailers;

    protected ClientCall(TtrpcChannel channel) => _channel = channel;

    /// <summary>Of the connection that made the call; 0 before.</summary>
    internal uint StreamId { get; set; }

    /// <summary>Whether the call has ended.</summary>
    internal bool HasEnded
    {
        get
        {
            lock (_lock)
            {
                return _status is not null;
            }
        }
    }

    internal static Task<Metadata> NoHeaders(object state) => EmptyHeaders;

    internal static Status StatusOf(object state) => ((ClientCall)state).Outcome().Status;

    internal static Metadata TrailersOf(object state) => ((ClientCall)state).Outcome().Trailers;

    internal static void DisposeOf(object state) => ((ClientCall)state).TryEnd(new Status(StatusCode.Cancelled, Texts.Cancelled));

    /// <summary>
    /// Arms deadline and cancellation, and sends the first frame as soon as there is a connection. Without a <paramref name="request"/>, messages
    /// follow by <see cref="SendAsync"/>.
    /// </summary>
    internal void Start<TRequest, TResponse>(Method<TRequest, TResponse> method, TRequest? request, in CallOptions options, TimeProvider time)
        where TRequest : class
    {
        TimeSpan? timeout = CallDeadline.Remaining(options, time);
        if (timeout <= TimeSpan.Zero)
        {
            TryEnd(new Status(StatusCode.DeadlineExceeded, Texts.DeadlineExceeded));
            return;
        }

        FrameBuffer first;
        try
        {
            first = RequestFrame.Encode(method, request, timeout, options.Headers);
        }
        catch (RpcException e)
        {
            TryEnd(e.Status);
            return;
        }

        Arm(timeout, time, options.CancellationToken);
        Task<ClientConnection> connecting = _channel.ConnectionAsync();
        if (connecting.IsCompletedSuccessfully)
        {
            Begin(connecting.GetAwaiter().GetResult(), first);
            return;
        }

        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _begun = begun.Task;
        _ = BeginAsync(connecting, first, begun);
    }

    /// <summary>Takes the response frame, which ends the call.</summary>
    internal void OnResponse(in ReadOnlySequence<byte> body, PayloadReader reader)
    {
        try
        {
            ResponseEnvelope response = ResponseEnvelope.Parse(body);
            if (response.Status.StatusCode != StatusCode.OK)
            {
                TryEnd(response.Status, response.StatusWithDetails);
                return;
            }

            OnSuccess(reader, response.Payload);
        }
        catch (RpcException e)
        {
            TryEnd(e.Status);
        }
        catch (InvalidDataException e)
        {
            TryEnd(new Status(StatusCode.Internal, $"ttrpc: error unmarshalling response: {e.Message}", e));
        }
    }

    /// <summary>Takes a data frame; ends when the next frame may be read.</summary>
    internal abstract ValueTask OnDataAsync(FrameHeader header, ReadOnlySequence<byte> body, PayloadReader reader);

    /// <summary>Ends the call with what is known of it here; the server is not told, as ttrpc has no message for it.</summary>
    internal bool TryEnd(Status status, byte[]? details = null)
    {
        ClientConnection? connection;
        ITimer? deadline;
        CancellationTokenRegistration cancellation;
        lock (_lock)
        {
            if (_status is not null)
            {
                return false;
            }

            _trailers = details is null ? null : new Metadata { new Metadata.Entry(RpcStatus.DetailsTrailer, details) };
            _status = status;
            connection = _connection;
            (deadline, cancellation) = (_deadline, _cancellation);
        }

        connection?.Remove(this);
        deadline?.Dispose();
        cancellation.Unregister();
        if (status.StatusCode != StatusCode.OK)
        {
            OnFailed(new RpcException(status, _trailers ?? []));
        }

        return true;
    }

    /// <summary>Sends a frame of the call's request stream.</summary>
    internal async Task SendAsync(FrameBuffer frame)
    {
        try
        {
            if (_begun is not null)
            {
                await _begun.ConfigureAwait(false);
            }

            ClientConnection connection = ConnectionOrThrow();
            frame.SetHeader(StreamId);
            await connection.Writer.SendAsync(frame).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            ConnectionOrThrow();
            throw new RpcException(new Status(StatusCode.Unavailable, Texts.Closed, e));
        }
    }

    protected abstract void OnSuccess(PayloadReader reader, in ReadOnlySequence<byte> payload);

    protected abstract void OnFailed(RpcException error);

    private void Arm(TimeSpan? timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        ITimer? deadline = timeout is not { } limit || limit.TotalMilliseconds > int.MaxValue ? null : time.CreateTimer(
            static state => ((ClientCall)state!).TryEnd(new Status(StatusCode.DeadlineExceeded, Texts.DeadlineExceeded)),
            this,
            limit,
            Timeout.InfiniteTimeSpan);
        CancellationTokenRegistration cancellation = cancellationToken.UnsafeRegister(
            static state => ((ClientCall)state!).TryEnd(new Status(StatusCode.Cancelled, Texts.Cancelled)), this);
        lock (_lock)
        {
            (_deadline, _cancellation) = (deadline, cancellation);
            if (_status is null)
            {
                return;
            }
        }

        deadline?.Dispose();
        cancellation.Unregister();
    }

    private async Task BeginAsync(Task<ClientConnection> connecting, FrameBuffer first, TaskCompletionSource begun)
    {
        try
        {
            Begin(await connecting.ConfigureAwait(false), first);
        }
        catch (Exception e)
        {
            first.Release();
            string detail = e is ObjectDisposedException or OperationCanceledException ? Texts.Closed : $"ttrpc: cannot connect: {e.Message}";
            TryEnd(new Status(StatusCode.Unavailable, detail, e));
        }

        begun.TrySetResult();
    }

    private void Begin(ClientConnection connection, FrameBuffer first)
    {
        if (HasEnded)
        {
            first.Release();
            return;
        }

        connection.Begin(this, first);
        bool ended;
        lock (_lock)
        {
            _connection = connection;
            ended = _status is not null;
        }

        if (ended)
        {
            connection.Remove(this);
        }
    }

    private ClientConnection ConnectionOrThrow()
    {
        lock (_lock)
        {
            return _status switch
            {
                null => _connection!,
                { StatusCode: StatusCode.OK } => throw new InvalidOperationException("The call has ended."),
                { } status => throw new RpcException(status, _trailers ?? []),
            };
        }
    }

    private (Status Status, Metadata Trailers) Outcome()
    {
        lock (_lock)
        {
            return (_status ?? throw new InvalidOperationException("The call has not ended."), _trailers ?? []);
        }
    }
}
