using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>
/// The line <c>oom_kill</c> of <c>memory.events</c>, which has the victims below counted in. The line <c>oom</c> tells of attempts, also
/// of those that killed nobody (containerd issue 6323).
/// </summary>
internal sealed class OomSourceV2(CgroupHost host, string directory) : OomSource
{
    private readonly string _file = directory + "/memory.events";

    /// <inheritdoc/>
    internal override bool NotifiesEarly => false;

    /// <inheritdoc/>
    internal override IDisposable Subscribe(Action onChange) =>
        host.Inotify.Watch(host.Files.Map(_file), InotifyMask.Modify | InotifyMask.DeleteSelf, onChange);

    /// <inheritdoc/>
    protected override long? Count(long last)
    {
        using HostReader reader = new(host.Files);
        return reader.TryRead(_file, out ReadOnlySpan<char> text) ? Math.Max(last, FindKills(text) ?? 0) : null;
    }
}
