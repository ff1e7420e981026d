using System.Net.Sockets;
using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using CsCheck;
using Google.Protobuf;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class FuzzTests
{
    private static readonly Gen<byte[]> Body = Gen.OneOf(
        Gen.Byte.Array[0, 64],
        Gen.Byte.Array[0, 20].Select(payload => RawClient.Request(RawClient.EchoName, "Say", payload)),
        Gen.Byte.Array[0, 20].Select(payload => RawClient.Request(RawClient.EchoName, "Chat", payload)),
        Gen.Select(Gen.String[0, 20], Gen.String[0, 20], Gen.Long, Gen.String[0, 10])
            .Select((service, method, timeout, key) => RawClient.Request(service, method, [], timeout, (key, "v"))));

    // Mostly well-formed, so that the malformed rest is met in every state.
    private static readonly Gen<byte[]> Frame =
        from body in Body
        from id in Gen.Frequency((8, Gen.UInt[1, 40]), (1, Gen.UInt))
        from type in Gen.Frequency((8, Gen.Byte[1, 3]), (1, Gen.Byte))
        from flags in Gen.Frequency((8, Gen.Byte[0, 7]), (1, Gen.Byte))
        from length in Gen.Frequency((30, Gen.Const((uint)body.Length)), (1, Gen.UInt[0, 100]), (1, Gen.UInt))
        select RawClient.Frame(length, id, type, flags, body);

    [Test]
    public async Task RandomFrames_NeverHarmTheServer_NorAClientBesideThem()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();

        await Frame.Array[1, 30].SampleAsync(
            async frames =>
            {
                using (RawClient raw = server.Raw())
                {
                    SendAll(raw.Socket, frames);
                }

                Note answer = await client.SayAsync(new Note { Number = frames.Length }).ResponseAsync.Soon();
                return answer.Number == frames.Length;
            },
            iter: 1000,
            threads: 2);

        await Bounded.UntilAsync(() => server.Server is { ConnectionCount: 1, CallCount: 0 }, "nothing is left behind");
    }

    [Test]
    public void Messages_OfAnyContent_SurviveTheWay()
    {
        EchoServer server = new();
        try
        {
            Echo.EchoClient client = server.ClientAsync().GetAwaiter().GetResult();
            Gen.Select(Gen.String, Gen.Long, Gen.Byte.Array[0, 10_000]).Sample(
                (text, number, data) =>
                {
                    Note note = new() { Text = Valid(text), Number = number, Data = ByteString.CopyFrom(data) };
                    return client.Say(note).Equals(note);
                },
                iter: 500,
                threads: 2);
        }
        finally
        {
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    // Lone surrogates have no UTF-8 form.
    private static string Valid(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);

    private static void SendAll(Socket socket, byte[][] frames)
    {
        try
        {
            foreach (byte[] frame in frames)
            {
                socket.Send(frame);
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // The server has closed the connection, as it may.
        }
    }
}
