using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>Processes that are held together.</summary>
internal sealed class PinnedProcesses : List<PinnedProcess>, IDisposable
{
    /// <summary>Adds a process if it is there and, looked at once its descriptor is open, the one that is meant.</summary>
    public void Add(int pid, Func<bool> isMeant)
    {
        if (Libc.TryPidfdOpen(pid, out _) is not { } pidfd)
        {
            return;
        }

        if (isMeant())
        {
            Add(new PinnedProcess(pid, pidfd));
        }
        else
        {
            pidfd.Dispose();
        }
    }

    public void Dispose() => ForEach(static process => process.Dispose());
}
