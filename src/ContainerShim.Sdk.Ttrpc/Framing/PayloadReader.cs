using System.Buffers;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>Hands a payload to a marshaller where it lies in the connection's buffer. One serves a connection, as frames are read one by one.</summary>
internal sealed class PayloadReader : DeserializationContext
{
    private ReadOnlySequence<byte> _payload;

    public override int PayloadLength => (int)_payload.Length;

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => _payload;

    /// <exception cref="RpcException">Internal, with ttrpc's text: the payload is not such a message.</exception>
    internal T Read<T>(Marshaller<T> marshaller, in ReadOnlySequence<byte> payload)
    {
        _payload = payload;
        try
        {
            return marshaller.ContextualDeserializer(this);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, "ttrpc: error unmarshalling payload: proto: cannot parse invalid wire-format data", e));
        }
        finally
        {
            _payload = default;
        }
    }
}
