using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The eventfd of a v1 memory cgroup, on the reactor.</summary>
internal sealed class OomEventSource : IDisposable
{
    /// <summary>The event comes when the cgroup is out of memory; the kill is counted once the kernel has chosen a victim.</summary>
    private static readonly TimeSpan[] Looks =
        [TimeSpan.FromMilliseconds(2), TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200)];

    private readonly CgroupHost _host;
    private readonly SafeFd _events;
    private readonly Action _onChange;
    private readonly Func<bool> _exists;
    private readonly IReactorRegistration _registration;
    private readonly ITimer _timer;
    private int _look;

    public OomEventSource(CgroupHost host, SafeFd events, Action onChange, Func<bool> exists)
    {
        _host = host;
        _events = events;
        _onChange = onChange;
        _exists = exists;
        _timer = host.Time.CreateTimer(_ => host.Reactor.Post(LookAgain), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registration = host.Reactor.Register(events, PollEvents.Readable, _ => OnEvent());
    }

    public void Dispose() => _host.Reactor.Post(() =>
    {
        _timer.Dispose();
        _registration.Dispose();
        _events.Dispose();
    });

    private void OnEvent()
    {
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        _ = Libc.Read(_events, count);
        if (!_exists())
        {
            // Removed: there is nothing to come.
            _registration.Interest = PollEvents.None;
            return;
        }

        _onChange();
        _look = 0;
        _timer.Change(Looks[_look], Timeout.InfiniteTimeSpan);
    }

    private void LookAgain()
    {
        _onChange();
        if (++_look < Looks.Length)
        {
            _timer.Change(Looks[_look], Timeout.InfiniteTimeSpan);
        }
    }
}
