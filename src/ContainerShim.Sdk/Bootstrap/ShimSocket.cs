using System.Net.Sockets;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Ttrpc;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>Takes the socket of a shim, or finds that one is served there already.</summary>
internal static class ShimSocket
{
    /// <summary>Listens at a path in a directory of mode 0700; null when a live shim does so already.</summary>
    /// <remarks>
    /// A socket left by a dead shim is replaced. Whoever looks and replaces holds a lock on the directory, so that two starters cannot
    /// take each other's fresh socket for a dead one.
    /// </remarks>
    /// <exception cref="ShimException">
    /// FailedPrecondition: something that is not a socket has the path, or others could change what the directory holds.
    /// </exception>
    public static UnixTtrpcListener? TryListen(string path)
    {
        string directory = Path.GetDirectoryName(path)!;
        MakeDirectory(directory);
        using DirectoryLock turn = DirectoryLock.Take(directory);
        FileKind kind = Libc.KindOf(path);
        if (kind == FileKind.None)
        {
            return Listen(path);
        }

        if (kind != FileKind.Socket)
        {
            throw ShimException.FailedPrecondition($"{path} exists and is not a socket");
        }

        if (IsServed(path))
        {
            return null;
        }

        File.Delete(path);
        return Listen(path);
    }

    /// <summary>Removes a socket nobody serves. A live one, or what is no socket, stays.</summary>
    public static void RemoveIfDead(string path)
    {
        if (Libc.KindOf(path) == FileKind.Socket)
        {
            using DirectoryLock turn = DirectoryLock.Take(Path.GetDirectoryName(path)!);
            if (!IsServed(path))
            {
                File.Delete(path);
            }
        }
    }

    private static UnixTtrpcListener Listen(string path)
    {
        UnixTtrpcListener listener = UnixTtrpcListener.Listen(path, unlinkOnDispose: false);
        // It has been closed to others from the beginning; a umask may have closed it to its owner too.
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return listener;
    }

    private static bool IsServed(string path)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            // Nobody listens, or the file has just gone. Any other failure does not tell that the socket is dead.
            return false;
        }
    }

    private static void MakeDirectory(string directory)
    {
        if (!Directory.Exists(directory))
        {
            // The parents are containerd's, and there before any shim; one that is not is at least closed to writers, whatever the umask.
            Directory.CreateDirectory(Path.GetDirectoryName(directory)!, DirectoryModes.Passable);
            Directory.CreateDirectory(directory, DirectoryModes.OwnerOnly);
            File.SetUnixFileMode(directory, DirectoryModes.OwnerOnly);
        }

        RequireTrusted(directory);
    }

    /// <summary>Whoever may write to the directory could put a socket of theirs in the place of ours.</summary>
    private static void RequireTrusted(string directory)
    {
        FileStatus status = Libc.Stat(directory, followLink: false);
        if (!status.IsDirectory || !status.IsOwnedByRootOr(Libc.EffectiveUserId()) || status.IsWritableByOthers)
        {
            throw ShimException.FailedPrecondition($"{directory} is not a directory that only we can change");
        }
    }
}
