using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// The pipes of one process before it exists: its ends block, ours do not. Or our ends of those of a process that exists, as far as they
/// were kept.
/// </summary>
internal sealed class ChildPipes(uint uid, uint gid, KeptStreams? kept = null) : IDisposable
{
    /// <summary>Fewer wake-ups for a busy stream; memory is used only while data waits.</summary>
    private const int Capacity = 256 * 1024;

    private readonly List<IDisposable> _ours = [];
    private readonly List<SafeFileHandle> _childs = [];
    private readonly List<(StreamKind Kind, SafeHandle Stream)> _new = [];

    /// <summary>Our ends of the pipes that were made.</summary>
    internal IReadOnlyList<(StreamKind Kind, SafeHandle Stream)> New => _new;

    /// <summary>Adds a pipe that the process reads from. The returned end is ours; it is closed with this object until it is taken. None where it was not kept.</summary>
    internal (SafeFd? Ours, SafeFileHandle? Child) AddInput()
    {
        if (kept is not null)
        {
            return (TakeKept(StreamKind.Stdin), null);
        }

        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        return Add(StreamKind.Stdin, writer, reader);
    }

    /// <summary>Adds a pipe that the process writes to. Null where it was not kept.</summary>
    internal (SafeFd Ours, SafeFileHandle? Child)? AddOutput(StreamKind kind)
    {
        if (kept is not null)
        {
            return TakeKept(kind) is { } source ? (source, null) : null;
        }

        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        return Add(kind, reader, writer);
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

    private SafeFd? TakeKept(StreamKind kind)
    {
        SafeFd? ours = kept!.Take(kind);
        if (ours is not null)
        {
            _ours.Add(ours);
        }

        return ours;
    }

    private (SafeFd Ours, SafeFileHandle Child) Add(StreamKind kind, SafeFd ours, SafeFd childs)
    {
        SafeFileHandle child = childs.IntoFileHandle();
        _ours.Add(ours);
        _new.Add((kind, ours));
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
