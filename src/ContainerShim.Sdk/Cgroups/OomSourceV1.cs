namespace ContainerShim.Sdk.Cgroups;

/// <summary>
/// <c>memory.oom_control</c>. Its counter (Linux 4.13) has the victims of this very cgroup, while a limit here also kills in cgroups
/// below: so those are counted in. An older kernel has no counter, there each notification counts.
/// </summary>
internal sealed class OomSourceV1(CgroupHost host, CgroupTree tree) : OomSource
{
    // What each directory showed last; guarded by the lock of the base class.
    private Dictionary<string, long> _last = new(StringComparer.Ordinal);
    private volatile bool _withoutCounter;

    /// <inheritdoc/>
    /// <remarks>mem_cgroup_oom notifies first, and looks for a victim then.</remarks>
    internal override bool NotifiesEarly => true;

    /// <inheritdoc/>
    internal override IDisposable Subscribe(Action onChange) => new OomEventFd(host, tree.Directory, events =>
    {
        // The removal of a cgroup notifies, too.
        Read();
        if (_withoutCounter)
        {
            Add(events);
        }

        onChange();
    });

    /// <inheritdoc/>
    protected override long? Count(long last)
    {
        using HostReader reader = new(host.Files);
        if (!reader.TryRead(tree.Directory + "/memory.oom_control", out ReadOnlySpan<char> own))
        {
            return null;
        }

        _withoutCounter = FindKills(own) is null;
        Dictionary<string, long> seen = new(_last.Count, StringComparer.Ordinal);
        foreach (string directory in tree.Directories())
        {
            if (reader.TryRead(directory + "/memory.oom_control", out ReadOnlySpan<char> text) && FindKills(text) is { } kills)
            {
                long before = _last.GetValueOrDefault(directory);
                // Less than before: the directory has been removed and made again.
                last += kills >= before ? kills - before : kills;
                seen[directory] = kills;
            }
        }

        _last = seen;
        return last;
    }
}
