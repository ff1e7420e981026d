using ContainerShim.Sdk.Ttrpc.Sockets;

namespace ContainerShim.Sdk.Ttrpc.Calling;

/// <summary>A thread that reads one connection until it ends.</summary>
internal static class ConnectionThread
{
    /// <summary>Returns false where the transport cannot wait on a thread, and where there is no thread to have: the pool has to do.</summary>
    internal static bool TryRun(ClientConnection connection, ITtrpcTransport transport)
    {
        if (transport is not SocketTransport socket)
        {
            return false;
        }

        connection.OwnsThread = socket.WaitsInReads = true;
        try
        {
            new Thread(static connection => _ = ((ClientConnection)connection!).RunAsync()) { IsBackground = true, Name = "ttrpc client" }
                .UnsafeStart(connection);
            return true;
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            connection.OwnsThread = socket.WaitsInReads = false;
            return false;
        }
    }
}
