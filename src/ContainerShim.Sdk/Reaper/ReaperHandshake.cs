using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Reaper;

/// <summary>Finds the reaper of a state directory, or starts one.</summary>
/// <param name="reactor">Whose thread answers come on.</param>
/// <param name="directory">The state directory, which only this user can change.</param>
internal sealed class ReaperHandshake(IReactor reactor, string directory)
{
    private const int Version = 1;
    private const string SocketName = "reaper.sock";

    /// <summary>A reaper answers within a millisecond; one that does not is stopped, or the machine is in dire straits.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    /// <summary>A reaper that ends at this moment resets the connection, and the next attempt finds no socket.</summary>
    private const int Attempts = 5;

    /// <summary>Connects. Waits for the answer of a program that does nothing else, within a bound. Not on the reactor's thread.</summary>
    /// <exception cref="ShimException">FailedPrecondition: no reaper can be started. Unavailable: there is one that does not answer.</exception>
    internal (ReaperConnection Connection, int Pid) Connect(Action onLost)
    {
        for (int attempt = 1; ; attempt++)
        {
            ReaperConnection connection = new(reactor, ConnectOrStart(), onLost);
            ReaperReply reply = ReaperCall.Make(connection, new ReaperRequest { Operation = ReaperOperation.Hello }, Bound);
            if (reply is { Error: 0, Code: Version })
            {
                return (connection, reply.Value);
            }

            connection.Dispose();
            if (reply.Error != Errno.ENOTCONN || attempt == Attempts)
            {
                throw ShimException.Unavailable(reply.Error == 0
                    ? $"the reaper of {directory} speaks version {reply.Code} rather than {Version}: it serves containers of another version of this library"
                    : $"the reaper of {directory} does not answer: {LinuxException.Describe(reply.Error)}");
            }
        }
    }

    private SafeFd ConnectOrStart()
    {
        // By the directory's descriptor, since the path of a socket has room for 107 bytes only.
        using SafeFd handle = Libc.Open(directory, OpenFlagsByArchitecture.Directory);
        string path = $"/proc/self/fd/{handle.Number}/{SocketName}";
        if (TryConnect(path) is { } socket)
        {
            return socket;
        }

        File.Delete(path);
        using (SafeFd listener = Libc.ListenForPackets(path))
        {
            try
            {
                ReaperProgram.Start(listener, directory, Path.Join(directory, SocketName));
            }
            catch
            {
                File.Delete(path);
                throw;
            }
        }

        return TryConnect(path) ?? throw ShimException.Unavailable($"the reaper of {directory} has ended at once");
    }

    /// <summary>Null where nobody listens.</summary>
    private SafeFd? TryConnect(string path)
    {
        SafeFd socket;
        try
        {
            socket = Libc.ConnectForPackets(path);
        }
        catch (LinuxException exception) when (exception.Errno is Errno.ENOENT or Errno.ECONNREFUSED)
        {
            return null;
        }

        uint user = Libc.PeerUserId(socket);
        if (user == Libc.EffectiveUserId())
        {
            return socket;
        }

        socket.Dispose();
        throw ShimException.PermissionDenied($"the reaper of {directory} belongs to user {user}");
    }
}
