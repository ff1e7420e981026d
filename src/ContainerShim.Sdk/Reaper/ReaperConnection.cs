using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Reaper;

/// <summary>
/// One connection to a reaper. Requests are sent from any thread without waiting, in the order in which they are made; answers come on the
/// reactor's thread. When the reaper ends, all that is open is answered with <see cref="ReaperReply.Gone"/>.
/// </summary>
internal sealed class ReaperConnection : IDisposable
{
    private const int LongestAnswer = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly SafeFd _socket;
    private readonly byte[] _buffer = new byte[LongestAnswer];
    private readonly Action _onLost;

    // Guarded by the lock.
    private readonly Dictionary<ulong, Action<ReaperReply>> _open = [];
    private readonly Queue<(ulong Id, byte[] Packet, SafeHandle[] Descriptors)> _unsent = [];
    private readonly IReactorRegistration _registration;
    private ulong _lastId;
    private bool _isOver;

    /// <summary>Takes the socket over.</summary>
    /// <param name="reactor">Whose thread answers come on.</param>
    /// <param name="socket">Connected.</param>
    /// <param name="onLost">Called once on the reactor's thread when the reaper ends before the connection is disposed.</param>
    internal ReaperConnection(IReactor reactor, SafeFd socket, Action onLost)
    {
        _socket = socket;
        _onLost = onLost;
        lock (_lock)
        {
            // An answer cannot come before the first request, but the end of the reaper can, and waits for the lock then.
            _registration = reactor.Register(socket, PollEvents.Readable, OnReady);
        }
    }

    /// <summary>Whether the reaper is gone, or the connection was disposed.</summary>
    internal bool IsOver
    {
        get
        {
            lock (_lock)
            {
                return _isOver;
            }
        }
    }

    /// <summary>Makes a request. Without a callback there is no answer.</summary>
    internal void Send(ReaperRequest request, Action<ReaperReply>? onReply = null)
    {
        int error = Errno.ENOTCONN;
        lock (_lock)
        {
            if (!_isOver)
            {
                ulong id = onReply is null ? 0 : ++_lastId;
                error = Send(id, request.ToPacket(id), [.. request.Descriptors]);
                if (error == 0)
                {
                    if (onReply is not null)
                    {
                        _open.Add(id, onReply);
                    }

                    return;
                }
            }
        }

        onReply?.Invoke(NotSent(error));
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    /// <summary>Sends now, or when there is room. Under the lock, which the answer waits for.</summary>
    private int Send(ulong id, byte[] packet, SafeHandle[] descriptors)
    {
        int error = _unsent.Count > 0 ? Errno.EAGAIN : Libc.SendPacket(_socket, packet, descriptors);
        if (error != Errno.EAGAIN)
        {
            return error;
        }

        foreach (SafeHandle descriptor in descriptors)
        {
            bool referenced = false;
            descriptor.DangerousAddRef(ref referenced);
        }

        _unsent.Enqueue((id, packet, descriptors));
        _registration.Interest = PollEvents.Readable | PollEvents.Writable;
        return 0;
    }

    private void OnReady(PollEvents events)
    {
        if ((events & PollEvents.Writable) != 0)
        {
            SendUnsent();
        }

        if ((events & (PollEvents.Readable | PollEvents.HangUp | PollEvents.Error)) != 0 && !ReceiveAll() && End())
        {
            _onLost();
        }
    }

    private void SendUnsent()
    {
        List<(Action<ReaperReply> OnReply, int Error)> failed = [];
        lock (_lock)
        {
            int error = 0;
            while (!_isOver && error != Errno.EAGAIN && _unsent.TryPeek(out (ulong Id, byte[] Packet, SafeHandle[] Descriptors) next))
            {
                error = Libc.SendPacket(_socket, next.Packet, next.Descriptors);
                if (error == Errno.EAGAIN)
                {
                    continue;
                }

                Array.ForEach(_unsent.Dequeue().Descriptors, static descriptor => descriptor.DangerousRelease());
                if (error != 0 && _open.Remove(next.Id, out Action<ReaperReply>? onReply))
                {
                    failed.Add((onReply, error));
                }
            }

            if (!_isOver && error != Errno.EAGAIN)
            {
                _registration.Interest = PollEvents.Readable;
            }
        }

        failed.ForEach(static request => request.OnReply(NotSent(request.Error)));
    }

    private static ReaperReply NotSent(int error) =>
        error is Errno.EPIPE or Errno.ECONNRESET ? ReaperReply.Gone : ReaperReply.Gone with { Error = error };

    /// <summary>Returns false when the reaper is gone, or answers what is no answer.</summary>
    private bool ReceiveAll()
    {
        while (true)
        {
            List<SafeFd> descriptors = [];
            int size;
            bool truncated;
            try
            {
                size = Libc.ReceiveDescriptors(_socket, _buffer, descriptors, out truncated);
            }
            catch (LinuxException exception)
            {
                return exception.Errno == Errno.EAGAIN;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }

            if (ReaperReply.TryParse(_buffer.AsSpan(0, size), descriptors, out ulong id) is not { } reply)
            {
                descriptors.ForEach(static descriptor => descriptor.Dispose());
                return false;
            }

            if (truncated)
            {
                // No descriptor is left for all that came along, which says nothing of what the reaper has.
                descriptors.ForEach(static descriptor => descriptor.Dispose());
                reply = reply with { Error = Errno.EMFILE, Kinds = 0, Descriptors = [] };
            }

            Action<ReaperReply>? onReply;
            lock (_lock)
            {
                _open.Remove(id, out onReply);
            }

            if (onReply is null)
            {
                descriptors.ForEach(static descriptor => descriptor.Dispose());
            }

            onReply?.Invoke(reply);
        }
    }

    /// <summary>Returns whether this call was the one that ended it.</summary>
    private bool End()
    {
        List<Action<ReaperReply>> unanswered;
        lock (_lock)
        {
            if (_isOver)
            {
                return false;
            }

            _isOver = true;
            unanswered = [.. _open.Values];
            _open.Clear();
            foreach ((_, _, SafeHandle[] descriptors) in _unsent)
            {
                Array.ForEach(descriptors, static descriptor => descriptor.DangerousRelease());
            }

            _unsent.Clear();
            _registration.Dispose();
            _socket.Dispose();
        }

        unanswered.ForEach(static onReply => onReply(ReaperReply.Gone));
        return true;
    }
}
