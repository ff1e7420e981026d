using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Stdio;

/// <summary>The pipes of one process before it exists: its ends block, ours do not.</summary>
internal sealed class ChildPipes(uint uid, uint gid) : IDisposable
{
    /// <summary>Fewer wake-ups for a busy stream; memory is used only while data waits.</summary>
    private const int Capacity = 256 * 1024;

    private readonly List<IDisposable> _ours = [];
    private readonly List<SafeFileHandle> _childs = [];

    /// <summary>Adds a pipe that the process reads from. The returned end is ours; it is closed with this object until it is taken.</summary>
    internal (SafeFd Ours, SafeFileHandle Child) AddInput()
    {
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        return Add(writer, reader);
    }

    /// <summary>Adds a pipe that the process writes to.</summary>
    internal (SafeFd Ours, SafeFileHandle Child) AddOutput()
    {
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        return Add(reader, writer);
    }

    /// <summary>Adds a file that the process reads itself.</summary>
    internal SafeFileHandle AddFile(SafeFd file)
    {
        SafeFileHandle child = file.IntoFileHandle();
        _childs.Add(child);
        return child;
    }

    /// <summary>Closes the process's ends.</summary>
    internal void CloseChildEnds() => _childs.ForEach(static end => end.Dispose());

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseChildEnds();
        _ours.ForEach(static end => end.Dispose());
    }

    private (SafeFd Ours, SafeFileHandle Child) Add(SafeFd ours, SafeFd childs)
    {
        SafeFileHandle child = childs.IntoFileHandle();
        _ours.Add(ours);
        _childs.Add(child);
        Libc.TrySetPipeCapacity(ours, Capacity);
        Libc.SetNonBlocking(ours);
        if ((uid, gid) is not (0, 0))
        {
            Libc.ChangeOwner(child, uid, gid);
        }

        return (ours, child);
    }
}
