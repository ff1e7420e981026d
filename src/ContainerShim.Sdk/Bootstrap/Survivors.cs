using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>
/// Ends the processes of a container that its runtime does not end: one whose state is gone says that there is no such container while
/// it runs on, and containerd forgets it (containerd#8285, #10727). They are known from the records in the bundle.
/// </summary>
internal sealed class Survivors(IBundleStore bundles, ICgroupLoader cgroups, TimeProvider time)
{
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(5);

    /// <summary>The processes that have neither ended nor begun to.</summary>
    public IReadOnlyList<int> Find(string bundle, string id)
    {
        using PinnedProcesses found = Pin(RecordDirectory.TryRead(bundle), bundle, id);
        return [.. found.Where(static process => !process.IsEnding).Select(static process => process.Pid)];
    }

    /// <summary>Kills them and waits for their ends, or for the token.</summary>
    public async Task EndAsync(string bundle, string id, CancellationToken cancellationToken)
    {
        ContainerRecords? records = RecordDirectory.TryRead(bundle);
        using PinnedProcesses found = Pin(records, bundle, id);
        if (found.TrueForAll(static process => process.HasEnded))
        {
            return;
        }

        // Before they are killed: what has ended is in no cgroup any more.
        using ICgroup? cgroup = records?.Init.Cgroup is { } location && cgroups is ILocatedCgroups located
            ? FindCgroup(located, location)
            : LoadCgroup(found);
        found.ForEach(static process => process.Kill());
        try
        {
            // A process of v1 that is frozen dies when it is thawed.
            cgroup?.Thaw();
            if (cgroup is not null && OutliveInit(bundle))
            {
                await cgroup.KillAllAsync(cancellationToken).ConfigureAwait(false);
            }

            while (!found.TrueForAll(static process => process.HasEnded))
            {
                await Task.Delay(LookPeriod, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Who lives on then is told at the end.
        }
    }

    /// <summary>The processes of the records, each with the descriptor that was opened before its identity was compared.</summary>
    private PinnedProcesses Pin(ContainerRecords? records, string bundle, string id)
    {
        PinnedProcesses found = [];
        if (records is { Init.Pid: > 0 })
        {
            foreach (ProcessRecord record in records.Execs.Prepend(records.Init))
            {
                found.Add(record.Pid, () => ProcessIdentity.IsThere(record));
            }
        }
        else if (bundles.ReadInitPid(bundle) is > 0 and int pid)
        {
            // A disk that was full, or a shim that was killed while the runtime made the container: its cgroup has the container's name then.
            found.Add(pid, () => NamesContainer(ProcFiles.ReadCgroups(pid), id));
        }

        return found;
    }

    /// <summary>The cgroup that the container was made in, whichever its processes are in by now; null when it is gone.</summary>
    private static ICgroup? FindCgroup(ILocatedCgroups cgroups, string location)
    {
        try
        {
            return location.Length > 0 ? cgroups.Find(location) : null;
        }
        catch (Exception exception) when (IsMissing(exception))
        {
            return null;
        }
    }

    /// <summary>For records that do not say where the cgroup is: the one that a process of the container is in now.</summary>
    private ICgroup? LoadCgroup(PinnedProcesses found)
    {
        foreach (PinnedProcess process in found)
        {
            try
            {
                ICgroup cgroup = cgroups.Load(process.Pid);
                if (!process.HasEnded)
                {
                    return cgroup;
                }

                // Its number may have been another's by then.
                cgroup.Dispose();
            }
            catch (Exception exception) when (IsMissing(exception))
            {
                // It has ended, or has no cgroup of its own.
            }
        }

        return null;
    }

    private static bool IsMissing(Exception exception) => exception is ShimException or LinuxException or IOException or UnauthorizedAccessException;

    /// <summary>Whether more than init must be killed. The careful answer, where nobody knows, is yes.</summary>
    private bool OutliveInit(string bundle)
    {
        try
        {
            return bundles.ReadSpec(bundle).SharesPidNamespace;
        }
        catch (ShimException)
        {
            return true;
        }
    }

    /// <summary>cgroupfs names the directory as the container, systemd <c>prefix-ID.scope</c>.</summary>
    private static bool NamesContainer(string cgroupLines, string id)
    {
        string scope = $"-{id}.scope";
        return cgroupLines.Split('/', '\n').Any(part => part == id || part.EndsWith(scope, StringComparison.Ordinal));
    }
}
