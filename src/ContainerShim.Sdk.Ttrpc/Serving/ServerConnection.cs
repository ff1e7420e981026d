using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

/// <summary>Serves the calls of one connection. Each is answered exactly once, or the connection ends.</summary>
internal sealed class ServerConnection : FrameConnection
{
    private readonly MethodTable _methods;
    private readonly int _maxStreams;
    private readonly int _maxLongPolls;
    private readonly Action<ServerConnection, Exception?> _onClosed;

    // Guards the fields below, and the order of a call's frames: they are posted while it is held, and sent when it is not.
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, ServerCall> _calls = [];
    private int _unary;
    private int _longPolls;
    private bool _closed;
    private bool _draining;

    // Of the reading loop only.
    private uint _lastStreamId;

    internal ServerConnection(ITtrpcTransport transport, MethodTable methods, TtrpcServerOptions options, Action<ServerConnection, Exception?> onClosed)
        : base(transport, options.TimeProvider, options.FrameTimeout)
    {
        _methods = methods;
        _maxStreams = options.MaxStreamsPerConnection;
        _maxLongPolls = options.MaxLongPollsPerConnection;
        _onClosed = onClosed;
        Peer = transport.Peer;
        Time = options.TimeProvider;
        MapException = options.MapException;
    }

    internal TtrpcPeer? Peer { get; }

    internal string PeerText => field ??= Peer is { } peer ? $"unix:pid={peer.Pid},uid={peer.UserId},gid={peer.GroupId}" : "unknown";

    internal TimeProvider Time { get; }

    internal Func<Exception, Status?>? MapException { get; }

    internal int CallCount
    {
        get
        {
            lock (_lock)
            {
                return _calls.Count;
            }
        }
    }

    protected override bool AnswersWhatItReads => true;

    /// <summary>Closes the connection as soon as no unary call is under way and its answers have left.</summary>
    internal void Drain()
    {
        bool idle;
        lock (_lock)
        {
            _draining = true;
            idle = _unary == 0;
        }

        if (idle)
        {
            _ = CloseWhenSentAsync();
        }
    }

    /// <summary>Ends a call by <paramref name="frame"/>, unless it has ended already.</summary>
    internal void Finish(ServerCall call, FrameBuffer frame)
    {
        bool idle;
        lock (_lock)
        {
            if (!_calls.Remove(call.StreamId))
            {
                frame.Release();
                return;
            }

            _unary -= call.Handler.IsUnary ? 1 : 0;
            _longPolls -= call.Handler.IsLongPoll ? 1 : 0;
            idle = _draining && _unary == 0;
            PostUnder(call.StreamId, frame);
        }

        Writer.Kick();
        if (idle)
        {
            _ = CloseWhenSentAsync();
        }
    }

    /// <summary>Sends a message of a call that has not ended.</summary>
    internal Task SendAsync(ServerCall call, FrameBuffer frame)
    {
        lock (_lock)
        {
            if (!_calls.ContainsKey(call.StreamId))
            {
                frame.Release();
                return Task.FromException(_closed
                    ? new OperationCanceledException(Texts.Closed)
                    : new InvalidOperationException("The call has ended."));
            }

            PostUnder(call.StreamId, frame);
        }

        Writer.Kick();
        return Writer.WhenSentAsync(frame);
    }

    protected override ValueTask OnFrameAsync(FrameHeader header, ReadOnlySequence<byte> body)
    {
        if ((header.StreamId & 1) == 0)
        {
            Refuse(header.StreamId, StatusCode.InvalidArgument, Texts.OddStreamId);
            return ValueTask.CompletedTask;
        }

        if (header.Type == FrameType.Data)
        {
            return OnDataAsync(header, body);
        }

        if (header.Type == FrameType.Request)
        {
            OnRequest(header, body);
        }

        // Other types are for later versions of the protocol; server.go ignores them, and responses too.
        return ValueTask.CompletedTask;
    }

    protected override void OnOversized(FrameHeader header)
    {
        Status status = new(StatusCode.ResourceExhausted, FrameLimits.Oversized(header.Length));
        if (Find(header.StreamId) is { } call)
        {
            EndEarly(call, status);
            return;
        }

        Refuse(header.StreamId, status.StatusCode, status.Detail);
    }

    protected override void OnClosed(Exception? reason)
    {
        ServerCall[] calls;
        lock (_lock)
        {
            _closed = true;
            _unary = 0;
            _longPolls = 0;
            calls = [.. _calls.Values];
            _calls.Clear();
            reason = _draining ? null : reason;
        }

        foreach (ServerCall call in calls)
        {
            call.Cancel();
        }

        _onClosed(this, reason);
    }

    private void OnRequest(FrameHeader header, ReadOnlySequence<byte> body)
    {
        uint id = header.StreamId;
        if (id <= _lastStreamId)
        {
            Refuse(id, StatusCode.InvalidArgument, Texts.StreamIdReused);
            return;
        }

        _lastStreamId = id;
        try
        {
            RequestEnvelope request = RequestEnvelope.Parse(body);
            if (request.MetadataLength > FrameLimits.MaxMetadata)
            {
                Refuse(id, StatusCode.ResourceExhausted, FrameLimits.MetadataOversized(request.MetadataLength));
            }
            else if (_methods.Find(request, out Status refusal) is not { } handler)
            {
                Refuse(id, refusal.StatusCode, refusal.Detail);
            }
            else if (TryBegin(new ServerCall(this, id, handler, request.Metadata, request.TimeoutNanoseconds), out ServerCall call))
            {
                handler.Invoke(call, Payload, request.Payload, header.Flags);
                RestoreContext();
            }
        }
        catch (InvalidDataException e)
        {
            Refuse(id, StatusCode.InvalidArgument, Texts.RequestMalformed + e.Message);
        }
    }

    private bool TryBegin(ServerCall candidate, out ServerCall call)
    {
        call = candidate;
        bool isLongPoll = call.Handler.IsLongPoll;
        lock (_lock)
        {
            if (isLongPoll ? _longPolls < _maxLongPolls : _calls.Count - _longPolls < _maxStreams)
            {
                _calls.Add(call.StreamId, call);
                _unary += call.Handler.IsUnary ? 1 : 0;
                _longPolls += isLongPoll ? 1 : 0;
                return true;
            }
        }

        Refuse(
            call.StreamId,
            StatusCode.ResourceExhausted,
            isLongPoll
                ? $"more than {_maxLongPolls} calls of {call.Handler.FullName} and its like under way on one connection"
                : $"more than {_maxStreams} calls under way on one connection");
        return false;
    }

    private ValueTask OnDataAsync(FrameHeader header, ReadOnlySequence<byte> body)
    {
        if (Find(header.StreamId) is not { } call)
        {
            Refuse(header.StreamId, StatusCode.InvalidArgument, Texts.StreamIdInactive);
            return ValueTask.CompletedTask;
        }

        ValueTask<Delivery> delivering = header.Flags.HasFlag(FrameFlags.NoData)
            ? ValueTask.FromResult(Delivery.Done)
            : call.DeliverAsync(Payload, body);
        if (!delivering.IsCompletedSuccessfully)
        {
            return OnDeliveredAsync(call, header, delivering);
        }

        OnDelivered(call, header, delivering.GetAwaiter().GetResult());
        return ValueTask.CompletedTask;
    }

    private async ValueTask OnDeliveredAsync(ServerCall call, FrameHeader header, ValueTask<Delivery> delivering) =>
        OnDelivered(call, header, await delivering.ConfigureAwait(false));

    private void OnDelivered(ServerCall call, FrameHeader header, Delivery delivery)
    {
        if (delivery != Delivery.Done)
        {
            string why = delivery == Delivery.Full ? Texts.StreamFull : Texts.StreamClosed;
            EndEarly(call, new Status(StatusCode.InvalidArgument, Texts.DataHandling + why));
        }
        else if (header.Flags.HasFlag(FrameFlags.RemoteClosed))
        {
            call.CloseInput();
            if (header.Length > 0)
            {
                EndEarly(call, new Status(StatusCode.InvalidArgument, Texts.CloseWithData));
            }
        }
    }

    private ServerCall? Find(uint streamId)
    {
        lock (_lock)
        {
            return _calls.GetValueOrDefault(streamId);
        }
    }

    private void EndEarly(ServerCall call, Status status)
    {
        Finish(call, RpcStatus.Encode(status, null));
        call.Cancel();
    }

    private void Refuse(uint streamId, StatusCode code, string detail)
    {
        PostUnder(streamId, RpcStatus.Encode(new Status(code, detail), null));
        Writer.Kick();
    }

    private void PostUnder(uint streamId, FrameBuffer frame)
    {
        frame.SetHeader(streamId);
        Writer.Post(frame);
    }

    private async Task CloseWhenSentAsync()
    {
        await Writer.WhenIdleAsync().ConfigureAwait(false);
        Abort(new OperationCanceledException(Texts.Closed));
    }
}
