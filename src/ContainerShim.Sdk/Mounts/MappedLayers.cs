using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Mounts;

/// <summary>
/// The lower directories of an overlay with mapped ids: an overlay shows the ids of its layers, so these are mapped, by one read-only
/// mount of the directory that holds them all. The overlay keeps copies of it; ours goes when the overlay is made.
/// </summary>
internal sealed class MappedLayers : IDisposable
{
    private readonly string _directory;
    private bool _isMounted;

    private MappedLayers(string directory) => _directory = directory;

    /// <summary>The options of the overlay, with the mapped directories.</summary>
    internal IReadOnlyList<string> Options { get; private set; } = [];

    internal static MappedLayers Make(IReadOnlyList<string> options, SafeFd userNamespace)
    {
        string[] layers = OverlayLayers.Find(options);
        if (layers.Length == 0)
        {
            throw new MountException("failed to prepare idmapped overlay: failed to parse overlay lowerdir's from given options");
        }

        string? common = layers.Length == 1 ? Path.GetDirectoryName(layers[0]) : OverlayLayers.CommonDirectory(layers);
        if (common is null or "" or "/")
        {
            throw new MountException("failed to prepare idmapped overlay: the layers have no directory in common");
        }

        MappedLayers mapped = new(Libc.MakeTemporaryDirectory(Path.Join(Path.GetTempPath(), "ovl-idmapped")));
        try
        {
            mapped.Attach(common, userNamespace);
            mapped.Options = OverlayLayers.Replace(options, layers.Select(layer => mapped._directory + layer[common.Length..]));
            return mapped;
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Never removed with what is in it: that would be the layers, if the mount is still there.
        if (!_isMounted || Libc.Unmount(_directory) == 0)
        {
            Directory.Delete(_directory);
        }
    }

    private void Attach(string common, SafeFd userNamespace)
    {
        using SafeFd source = Libc.Open(common, OpenFlags.Path | OpenFlagsByArchitecture.Directory);
        using SafeFd copy = Libc.CloneMount(source);
        Libc.MapMount(copy, userNamespace, readOnly: true);
        using SafeFd target = Libc.Open(_directory, OpenFlags.Path | OpenFlagsByArchitecture.Directory);
        Libc.AttachMount(copy, target);
        _isMounted = true;
    }
}
