using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Calling;

/// <summary>A client's connection: numbers the calls, and hands each frame to the call it belongs to.</summary>
internal sealed class ClientConnection(ITtrpcTransport transport, TtrpcChannelOptions options, Action onClosed)
    : FrameConnection(transport, options.TimeProvider, options.FrameTimeout)
{
    // Guards the fields below, and that stream ids reach the wire in ascending order: a call's first frame is posted while it is held.
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, ClientCall> _calls = [];
    private uint _nextStreamId = 1;
    private bool _closed;

    /// <summary>Numbers a call and sends its first frame. On a closed connection it fails the call.</summary>
    internal void Begin(ClientCall call, FrameBuffer first)
    {
        bool closed;
        lock (_lock)
        {
            // The last id is never used, so that the counter cannot wrap: the ids are 2^31, then the owner needs a new channel.
            closed = _closed || _nextStreamId == uint.MaxValue;
            if (!closed)
            {
                call.StreamId = _nextStreamId;
                _nextStreamId += 2;
                _calls.Add(call.StreamId, call);
                first.SetHeader(call.StreamId);
                Writer.Post(first);
            }
        }

        if (closed)
        {
            first.Release();
            call.TryEnd(new Status(StatusCode.Unavailable, Texts.Closed));
            return;
        }

        Writer.Kick();
    }

    internal void Remove(ClientCall call)
    {
        lock (_lock)
        {
            _calls.Remove(call.StreamId);
        }
    }

    protected override ValueTask OnFrameAsync(FrameHeader header, ReadOnlySequence<byte> body)
    {
        // Answers to calls that were given up arrive too; nobody waits for them.
        ClientCall? call = Find(header.StreamId);
        switch (header.Type)
        {
            case FrameType.Response:
                call?.OnResponse(body, Payload);
                break;
            case FrameType.Data when call is not null:
                return call.OnDataAsync(header, body, Payload);
        }

        return ValueTask.CompletedTask;
    }

    protected override void OnOversized(FrameHeader header) =>
        Find(header.StreamId)?.TryEnd(new Status(StatusCode.ResourceExhausted, FrameLimits.Oversized(header.Length)));

    protected override void OnClosed(Exception? reason)
    {
        ClientCall[] calls;
        lock (_lock)
        {
            _closed = true;
            calls = [.. _calls.Values];
            _calls.Clear();
        }

        Status status = new(StatusCode.Unavailable, Texts.Closed, reason);
        foreach (ClientCall call in calls)
        {
            call.TryEnd(status);
        }

        onClosed();
    }

    private ClientCall? Find(uint streamId)
    {
        lock (_lock)
        {
            return _calls.GetValueOrDefault(streamId);
        }
    }
}
