using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Signum = Mono.Unix.Native.Signum;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Ends everything in a cgroup.</summary>
internal sealed class CgroupKiller(CgroupTree tree, Freezer? freezer, TimeProvider time)
{
    // One descriptor a process is open at a time, and a host's soft limit may be as low as 1024.
    private const int BatchSize = 128;

    // What forks faster than it is killed by then is frozen while the signals are sent.
    private const int PassesWithoutFreeze = 4;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(64);

    /// <summary>Kills until no process is left.</summary>
    /// <exception cref="ShimException">FailedPrecondition: this process is in the cgroup; nothing was killed.</exception>
    internal async Task KillAllAsync(CancellationToken cancellationToken)
    {
        TimeSpan delay = FirstDelay;
        for (int pass = 1; ; pass++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<int> pids = tree.Processes();
            if (pids.Count == 0)
            {
                return;
            }

            if (pids.Contains(Environment.ProcessId))
            {
                throw ShimException.FailedPrecondition($"the shim itself is in the cgroup {tree.Directory}, which cannot be killed as a whole");
            }

            Kill(pids, pass);
            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private void Kill(List<int> pids, int pass)
    {
        // cgroup.kill (Linux 5.14) takes a fork under way along. In a threaded cgroup it refuses.
        if (tree.Files.TryWrite(tree.Directory + "/cgroup.kill", "1"u8) != 0)
        {
            SignalFrozen(pids, freeze: pass > PassesWithoutFreeze);
        }

        // In this order: a process of v1 that is thawed with its SIGKILL pending runs no instruction more.
        freezer?.ThawTree();
    }

    private void SignalFrozen(List<int> pids, bool freeze)
    {
        if (freeze)
        {
            freezer?.Freeze();
            pids = tree.Processes();
        }

        try
        {
            for (int start = 0; start < pids.Count; start += BatchSize)
            {
                Signal(CollectionsMarshal.AsSpan(pids).Slice(start, Math.Min(BatchSize, pids.Count - start)));
            }
        }
        finally
        {
            if (freeze)
            {
                freezer?.ThawTree();
            }
        }
    }

    /// <summary>
    /// Opens first and looks again then: who is still listed after its pidfd was opened is in the cgroup, whatever became of the pid
    /// that was read before.
    /// </summary>
    private void Signal(ReadOnlySpan<int> pids)
    {
        List<(int Pid, SafeFd Pidfd)> opened = new(pids.Length);
        try
        {
            int error = 0;
            foreach (int pid in pids)
            {
                if (Libc.TryPidfdOpen(pid, out error) is { } pidfd)
                {
                    opened.Add((pid, pidfd));
                }
            }

            if (opened.Count == 0 && error is not (0 or Errno.ESRCH or Errno.EINVAL))
            {
                throw new LinuxException(error, $"pidfd_open {pids[^1]}");
            }

            HashSet<int> present = [.. tree.Processes()];
            foreach ((int pid, SafeFd pidfd) in opened)
            {
                if (present.Contains(pid))
                {
                    _ = Libc.PidfdSendSignal(pidfd, (int)Signum.SIGKILL);
                }
            }
        }
        finally
        {
            foreach ((_, SafeFd pidfd) in opened)
            {
                pidfd.Dispose();
            }
        }
    }
}
