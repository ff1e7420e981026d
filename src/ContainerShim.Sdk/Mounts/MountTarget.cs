using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Mounts;

/// <summary>A place to mount on, pinned: what the image's links point to cannot lead a mount out of the root file system.</summary>
internal sealed class MountTarget : IDisposable
{
    private MountTarget(SafeFd place)
    {
        Place = place;
        Path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{place.Number}");
        RealPath = new FileInfo(Path).LinkTarget ?? Path;
    }

    internal SafeFd Place { get; }

    /// <summary>A path that leads to this very place. It stays below a mount made there afterwards: open again for what is on top.</summary>
    internal string Path { get; }

    /// <summary>Where the place was when it was opened, without links.</summary>
    internal string RealPath { get; }

    /// <param name="root">The root file system; not a link.</param>
    /// <param name="target">A path in it, as a process of the container would write it; empty for the root itself.</param>
    internal static MountTarget Open(string root, string target)
    {
        SafeFd place = Libc.Open(root, OpenFlags.Path | OpenFlagsByArchitecture.Directory | OpenFlagsByArchitecture.NoFollow);
        if (target.Length == 0)
        {
            return new MountTarget(place);
        }

        using (place)
        {
            return new MountTarget(Libc.OpenInRoot(place, target));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Place.Dispose();
}
