using System.Buffers.Binary;
using System.Net.Sockets;
using Google.Protobuf;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

/// <summary>Speaks ttrpc byte by byte, so that it can also speak it wrongly.</summary>
internal sealed class RawClient : IDisposable
{
    internal const string EchoName = "ttrpc.test.v1.Echo";

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    internal RawClient(string path)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        _socket.ReceiveTimeout = (int)Bounded.Limit.TotalMilliseconds;
    }

    internal RawClient(Socket socket) => _socket = socket;

    internal Socket Socket => _socket;

    internal static byte[] Frame(uint length, uint streamId, byte type, byte flags, ReadOnlySpan<byte> body)
    {
        byte[] frame = new byte[10 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), streamId);
        frame[8] = type;
        frame[9] = flags;
        body.CopyTo(frame.AsSpan(10));
        return frame;
    }

    internal static byte[] Request(string service, string method, byte[] payload, long timeout = 0, params (string Key, string Value)[] metadata)
    {
        MemoryStream stream = new();
        CodedOutputStream output = new(stream);
        output.WriteTag(1, WireFormat.WireType.LengthDelimited);
        output.WriteString(service);
        output.WriteTag(2, WireFormat.WireType.LengthDelimited);
        output.WriteString(method);
        output.WriteTag(3, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(payload));
        output.WriteTag(4, WireFormat.WireType.Varint);
        output.WriteInt64(timeout);
        foreach ((string key, string value) in metadata)
        {
            int size = CodedOutputStream.ComputeStringSize(key) + CodedOutputStream.ComputeStringSize(value) + 2;
            output.WriteTag(5, WireFormat.WireType.LengthDelimited);
            output.WriteLength(size);
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteString(key);
            output.WriteTag(2, WireFormat.WireType.LengthDelimited);
            output.WriteString(value);
        }

        output.Flush();
        return stream.ToArray();
    }

    internal void Send(ReadOnlySpan<byte> bytes) => Assert.That(_socket.Send(bytes), Is.EqualTo(bytes.Length));

    internal void SendFrame(uint streamId, byte type, byte flags, ReadOnlySpan<byte> body) =>
        Send(Frame((uint)body.Length, streamId, type, flags, body));

    internal void Call(uint streamId, string method, IMessage message, byte flags = 0, string service = EchoName) =>
        SendFrame(streamId, 1, flags, Request(service, method, message.ToByteArray()));

    internal RawFrame Receive()
    {
        byte[] header = ReceiveExactly(10);
        byte[] body = ReceiveExactly((int)BinaryPrimitives.ReadUInt32BigEndian(header));
        return new RawFrame(BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)), header[8], header[9], body);
    }

    internal RawResponse ReceiveResponse()
    {
        RawFrame frame = Receive();
        Assert.That(frame.Type, Is.EqualTo(2), "a response frame");
        return RawResponse.Parse(frame);
    }

    /// <summary>Whether the server closes the connection, whatever it sends before.</summary>
    internal bool IsClosedByServer()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (_socket.Receive(buffer) > 0)
            {
            }

            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return true;
        }
    }

    public void Dispose() => _socket.Dispose();

    private byte[] ReceiveExactly(int count)
    {
        byte[] buffer = new byte[count];
        for (int done = 0; done < count;)
        {
            int received = _socket.Receive(buffer.AsSpan(done));
            Assert.That(received, Is.GreaterThan(0), "connection closed by the server");
            done += received;
        }

        return buffer;
    }
}
