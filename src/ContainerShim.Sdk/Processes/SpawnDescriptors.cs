using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Processes;

/// <summary>The descriptors of a child from 0 on, null for /dev/null, and how they get there.</summary>
internal sealed class SpawnDescriptors : IDisposable
{
    private readonly SafeHandle?[] _sources;
    private readonly List<SafeHandle> _referenced = [];
    private readonly List<SafeFd> _copies = [];

    /// <summary>Keeps the handles alive until the disposal.</summary>
    /// <exception cref="ShimException">ResourceExhausted: no descriptor is left.</exception>
    internal SpawnDescriptors(SpawnRequest request)
    {
        _sources = [request.Stdin, request.Stdout, request.Stderr, .. request.ExtraDescriptors];
        try
        {
            for (int i = 0; i < _sources.Length; i++)
            {
                if (_sources[i] is { } source)
                {
                    _sources[i] = Pin(source);
                }
            }
        }
        catch (LinuxException exception)
        {
            Dispose();
            throw exception.ToShimException();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafeHandle handle in _referenced)
        {
            handle.DangerousRelease();
        }

        foreach (SafeFd copy in _copies)
        {
            copy.Dispose();
        }
    }

    /// <summary>Adds the file actions; each source is above all targets, so their order does not matter.</summary>
    internal unsafe void AddTo(byte* actions, Action<int> check)
    {
        for (int target = 0; target < _sources.Length; target++)
        {
            check(_sources[target] is { } source
                ? Libc.SpawnActionsAddDuplicate(actions, (int)source.DangerousGetHandle(), target)
                : Libc.SpawnActionsAddOpen(actions, target, "/dev/null", (int)OpenFlags.ReadWrite, 0));
        }

        // Without this call the child has, besides these, what this process inherited without O_CLOEXEC and did not mark.
        _ = Libc.TrySpawnActionsAddCloseFrom(actions, _sources.Length);
    }

    private SafeHandle Pin(SafeHandle source)
    {
        bool referenced = false;
        source.DangerousAddRef(ref referenced);
        _referenced.Add(source);
        if ((int)source.DangerousGetHandle() >= _sources.Length)
        {
            return source;
        }

        // It could be overwritten by a target before it has been duplicated.
        SafeFd copy = Libc.Duplicate(source, _sources.Length);
        _copies.Add(copy);
        return copy;
    }
}
