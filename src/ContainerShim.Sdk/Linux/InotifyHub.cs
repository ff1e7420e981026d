using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Linux;

/// <summary>
/// Tells what happens to files through one inotify instance, which is open while anything is watched: a user may have 128 of them
/// (<c>fs.inotify.max_user_instances</c>), and one a container used them up (containerd issue 10308).
/// </summary>
internal sealed class InotifyHub(IReactor reactor)
{
    private const int EventSize = 16;

    private readonly Lock _lock = new();

    // Guarded by the lock. The kernel has one watch a file, however often it is added.
    private readonly Dictionary<int, List<Subscription>> _subscriptions = [];
    private SafeFd? _inotify;
    private IReactorRegistration? _registration;

    /// <summary>Calls back on the reactor's thread after each event of a file, until disposed. All watches of one file ask for the same events.</summary>
    /// <exception cref="LinuxException">No such file, or no instance or watch is left.</exception>
    internal IDisposable Watch(string path, InotifyMask events, Action onChange)
    {
        lock (_lock)
        {
            try
            {
                SafeFd inotify = _inotify ?? Open();
                int watch = Libc.InotifyAdd(inotify, path, events);
                Subscription subscription = new(this, watch, onChange);
                (CollectionsMarshal.GetValueRefOrAddDefault(_subscriptions, watch, out _) ??= []).Add(subscription);
                return subscription;
            }
            catch
            {
                CloseIfIdle();
                throw;
            }
        }
    }

    private SafeFd Open()
    {
        SafeFd inotify = Libc.InotifyInit();
        _inotify = inotify;
        _registration = reactor.Register(inotify, PollEvents.Readable, _ => Drain(inotify));
        return inotify;
    }

    private void Remove(Subscription subscription)
    {
        lock (_lock)
        {
            if (_subscriptions.TryGetValue(subscription.Watch, out List<Subscription>? others) && others.Remove(subscription) && others.Count == 0)
            {
                _subscriptions.Remove(subscription.Watch);
                Libc.InotifyRemove(_inotify!, subscription.Watch);
            }

            CloseIfIdle();
        }
    }

    private void CloseIfIdle()
    {
        if (_subscriptions.Count == 0)
        {
            _registration?.Dispose();
            _inotify?.Dispose();
            _registration = null;
            _inotify = null;
        }
    }

    private void Drain(SafeFd inotify)
    {
        Span<byte> buffer = stackalloc byte[4096];
        HashSet<Subscription> due = [];
        try
        {
            int length;
            while ((length = Libc.Read(inotify, buffer)) > 0)
            {
                Collect(buffer[..length], inotify, due);
            }
        }
        catch (ObjectDisposedException)
        {
            // The last watch was removed while the reactor was on its way here.
        }

        // Not under the lock: a callback may unwatch.
        foreach (Subscription subscription in due)
        {
            subscription.OnChange();
        }
    }

    private void Collect(ReadOnlySpan<byte> events, SafeFd inotify, HashSet<Subscription> due)
    {
        lock (_lock)
        {
            // struct inotify_event: wd, mask, cookie, len, and a name, which a watch of a file does not have.
            for (; events.Length >= EventSize; events = events[(EventSize + MemoryMarshal.Read<int>(events[12..]))..])
            {
                InotifyMask mask = MemoryMarshal.Read<InotifyMask>(events[4..]);
                if (inotify != _inotify)
                {
                    return;
                }

                if (mask.HasFlag(InotifyMask.Overflow))
                {
                    foreach (List<Subscription> all in _subscriptions.Values)
                    {
                        due.UnionWith(all);
                    }
                }
                else if (_subscriptions.TryGetValue(MemoryMarshal.Read<int>(events), out List<Subscription>? subscriptions))
                {
                    due.UnionWith(subscriptions);
                }
            }
        }
    }

    private sealed class Subscription(InotifyHub hub, int watch, Action onChange) : IDisposable
    {
        internal int Watch => watch;

        internal Action OnChange => onChange;

        public void Dispose() => hub.Remove(this);
    }
}
