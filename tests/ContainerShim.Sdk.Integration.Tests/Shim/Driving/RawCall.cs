using System.Buffers.Binary;
using System.Net.Sockets;
using Google.Protobuf;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>One call by hand, for what a client hides: with a deadline, both ends give the same answer at the same time.</summary>
internal static class RawCall
{
    private const int HeaderLength = 10;
    private const byte Request = 1;

    /// <summary>Makes a call of the task service and returns the code of the server's own answer.</summary>
    public static async Task<int> StatusCodeAsync(
        string socketPath, string method, IMessage message, TimeSpan timeout, string service = "containerd.task.v3.Task")
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath));
        await using NetworkStream stream = new(socket);
        byte[] body = RequestBody(service, method, message, timeout);
        byte[] header = new byte[HeaderLength];
        BinaryPrimitives.WriteInt32BigEndian(header, body.Length);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 1);
        header[8] = Request;
        await stream.WriteAsync((byte[])[.. header, .. body]);

        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        await stream.ReadExactlyAsync(header, limit.Token);
        byte[] answer = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
        await stream.ReadExactlyAsync(answer, limit.Token);
        return CodeOf(answer);
    }

    /// <summary>The fields of ttrpc.Request: service, method, payload, timeout_nano.</summary>
    private static byte[] RequestBody(string service, string method, IMessage message, TimeSpan timeout)
    {
        using MemoryStream buffer = new();
        using (CodedOutputStream output = new(buffer, leaveOpen: true))
        {
            output.WriteRawTag(1 << 3 | 2);
            output.WriteString(service);
            output.WriteRawTag(2 << 3 | 2);
            output.WriteString(method);
            output.WriteRawTag(3 << 3 | 2);
            output.WriteBytes(message.ToByteString());
            output.WriteRawTag(4 << 3);
            output.WriteInt64((long)timeout.TotalNanoseconds);
        }

        return buffer.ToArray();
    }

    /// <summary>The first field of ttrpc.Response is a google.rpc.Status, whose first is the code.</summary>
    private static int CodeOf(byte[] response)
    {
        CodedInputStream input = new(response);
        if (input.ReadTag() != (1 << 3 | 2))
        {
            return 0;
        }

        input.ReadLength();
        return input.ReadTag() == 1 << 3 ? input.ReadInt32() : 0;
    }
}
