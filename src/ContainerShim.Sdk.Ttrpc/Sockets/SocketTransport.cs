using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Ttrpc.Sockets;

internal sealed class SocketTransport : ITtrpcTransport
{
    // What an idle connection holds. Bodies grow by as much as arrives.
    private const int SegmentSize = 4096;
    private const int MinimumRead = 512;

    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    private readonly Socket _socket;
    private readonly SocketStream _stream;

    internal SocketTransport(Socket socket)
    {
        _socket = socket;
        Peer = ReadPeer(socket);
        _stream = new SocketStream(socket);
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: SegmentSize, minimumReadSize: MinimumRead, leaveOpen: true));
        Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: SegmentSize, leaveOpen: true));
    }

    public TtrpcPeer? Peer { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Whether a read waits on the thread that calls it. Not to be changed once it is read.</summary>
    internal bool WaitsInReads
    {
        get => _stream.WaitsInReads;
        set => _stream.WaitsInReads = value;
    }

    public void Abort() => _socket.Dispose();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>struct ucred of SO_PEERCRED, see socket(7); the numbers are those of every Linux that .NET runs on.</summary>
    private static TtrpcPeer? ReadPeer(Socket socket)
    {
        try
        {
            Span<int> credentials = stackalloc int[3];
            int length = socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
            return length == 12 ? new TtrpcPeer(credentials[0], (uint)credentials[1], (uint)credentials[2]) : null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
