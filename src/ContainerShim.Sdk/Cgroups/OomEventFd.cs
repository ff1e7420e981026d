using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>
/// An eventfd that the kernel signals at an OOM in a v1 cgroup and at its removal; see Documentation/admin-guide/cgroup-v1/memory.rst.
/// The kernel forgets it when it is closed.
/// </summary>
internal sealed class OomEventFd : IDisposable
{
    private readonly SafeFd _eventFd;
    private readonly IReactorRegistration _registration;
    private readonly Action<long> _onEvents;

    /// <exception cref="LinuxException">The cgroup is gone, or the kernel has no such notifications (<c>PREEMPT_RT</c>).</exception>
    internal OomEventFd(CgroupHost host, string directory, Action<long> onEvents)
    {
        _onEvents = onEvents;
        _eventFd = Libc.EventFd();
        try
        {
            using (SafeFd target = Libc.Open(host.Files.Map(directory + "/memory.oom_control"), OpenFlags.ReadOnly))
            using (SafeFd control = Libc.Open(host.Files.Map(directory + "/cgroup.event_control"), OpenFlags.WriteOnly))
            {
                string request = string.Create(CultureInfo.InvariantCulture, $"{_eventFd.Number} {target.Number} ");
                int written = Libc.Write(control, Encoding.ASCII.GetBytes(request));
                if (written < 0)
                {
                    throw new LinuxException(-written, "write " + directory + "/cgroup.event_control");
                }
            }

            _registration = host.Reactor.Register(_eventFd, PollEvents.Readable, OnReady);
        }
        catch
        {
            _eventFd.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _registration.Dispose();
        _eventFd.Dispose();
    }

    private void OnReady(PollEvents events)
    {
        Span<long> count = stackalloc long[1];
        try
        {
            if (Libc.Read(_eventFd, MemoryMarshal.AsBytes(count)) == sizeof(long))
            {
                _onEvents(count[0]);
            }
        }
        catch (ObjectDisposedException)
        {
            // Disposed by another thread while the reactor was on its way here.
        }
    }
}
