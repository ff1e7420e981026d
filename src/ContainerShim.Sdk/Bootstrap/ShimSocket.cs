using System.Net.Sockets;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Ttrpc;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>Takes the socket of a shim, or finds that one is served there already.</summary>
internal static class ShimSocket
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Listens at a path in a directory of mode 0700; null when a live shim does so already.</summary>
    /// <remarks>
    /// A socket left by a dead shim is replaced. Whoever looks and replaces holds a lock on the directory, so that two starters cannot
    /// take each other's fresh socket for a dead one.
    /// </remarks>
    /// <exception cref="ShimException">FailedPrecondition: something that is not a socket has the path.</exception>
    public static UnixTtrpcListener? TryListen(string path)
    {
        string directory = Path.GetDirectoryName(path)!;
        MakeDirectory(directory);
        using DirectoryLock turn = DirectoryLock.Take(directory);
        if (!Exists(path))
        {
            return UnixTtrpcListener.Listen(path, unlinkOnDispose: false);
        }

        if (IsServed(path))
        {
            return null;
        }

        RemoveDead(path);
        return UnixTtrpcListener.Listen(path, unlinkOnDispose: false);
    }

    /// <summary>Removes a socket nobody serves. A live one, or what is no socket, stays.</summary>
    public static void RemoveIfDead(string path)
    {
        if (Path.GetDirectoryName(path) is { } directory && Directory.Exists(directory) && Exists(path) && IsSocket(path))
        {
            using DirectoryLock turn = DirectoryLock.Take(directory);
            if (!IsServed(path))
            {
                File.Delete(path);
            }
        }
    }

    private static void RemoveDead(string path)
    {
        if (!IsSocket(path))
        {
            throw ShimException.FailedPrecondition($"{path} exists and is not a socket");
        }

        File.Delete(path);
    }

    private static bool IsServed(string path)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void MakeDirectory(string directory)
    {
        if (!Directory.Exists(directory))
        {
            // The parents are containerd's; only the last one is ours and closed to others, whatever the umask.
            Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
            Directory.CreateDirectory(directory, OwnerOnly);
            File.SetUnixFileMode(directory, OwnerOnly);
        }
    }

    private static bool Exists(string path) => File.Exists(path) || new FileInfo(path).LinkTarget is not null;

    private static bool IsSocket(string path) => FileKind.Of(path) == FileKind.Socket;
}
