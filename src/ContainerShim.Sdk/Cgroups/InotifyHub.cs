using System.Buffers.Binary;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>
/// One inotify instance for all cgroups of a loader: a user may have only 128 of them (containerd#10308). It exists while something is
/// watched.
/// </summary>
internal sealed class InotifyHub(IReactor reactor) : IDisposable
{
    private const int HeaderSize = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, Action> _watches = [];
    private readonly byte[] _buffer = new byte[4096];
    private SafeFd? _inotify;
    private IReactorRegistration? _registration;

    /// <summary>Calls back on the reactor's thread after each change of a file, until the result is disposed.</summary>
    /// <exception cref="LinuxException">No such file, or no watch is to be had.</exception>
    internal IDisposable Watch(string path, Action onChange)
    {
        lock (_lock)
        {
            if (_inotify is null)
            {
                _inotify = Libc.InotifyInit();
                _registration = reactor.Register(_inotify, PollEvents.Readable, _ => Read());
            }

            int watch = Libc.InotifyAdd(_inotify, path, InotifyMask.Modify);
            _watches[watch] = onChange;
            return new Subscription(this, watch);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _watches.Clear();
            Close();
        }
    }

    private void Remove(int watch)
    {
        lock (_lock)
        {
            if (_watches.Remove(watch) && _inotify is { } inotify)
            {
                Libc.InotifyRemove(inotify, watch);
                if (_watches.Count == 0)
                {
                    Close();
                }
            }
        }
    }

    private void Close()
    {
        _registration?.Dispose();
        _inotify?.Dispose();
        _registration = null;
        _inotify = null;
    }

    private void Read()
    {
        foreach (Action onChange in Changes())
        {
            onChange();
        }
    }

    private List<Action> Changes()
    {
        List<Action> changes = [];
        lock (_lock)
        {
            int count;
            while (_inotify is { } inotify && (count = Libc.Read(inotify, _buffer)) > 0)
            {
                for (int at = 0; at + HeaderSize <= count; at += HeaderSize + BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(at + 12)))
                {
                    Collect(BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(at)),
                        (InotifyMask)BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(at + 4)), changes);
                }
            }
        }

        return changes;
    }

    private void Collect(int watch, InotifyMask what, List<Action> changes)
    {
        if (what.HasFlag(InotifyMask.Overflow))
        {
            // Whose events were lost is not known: everybody looks again.
            changes.AddRange(_watches.Values);
        }
        else if (_watches.TryGetValue(watch, out Action? onChange) && !changes.Contains(onChange))
        {
            changes.Add(onChange);
        }
    }

    private sealed class Subscription(InotifyHub hub, int watch) : IDisposable
    {
        public void Dispose() => hub.Remove(watch);
    }
}
