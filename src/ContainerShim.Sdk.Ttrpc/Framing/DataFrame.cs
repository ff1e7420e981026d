using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>Data frames carry a message without an envelope.</summary>
internal static class DataFrame
{
    /// <exception cref="RpcException">ResourceExhausted: the message is too long. Nothing has been sent.</exception>
    internal static FrameBuffer Encode<T>(Marshaller<T> marshaller, T message)
    {
        FrameBuffer frame = new(FrameType.Data, FrameFlags.None, FrameBuffer.NoPayloadTag);
        try
        {
            frame.WritePayload(marshaller, message);
            return frame;
        }
        catch (FrameTooLargeException e)
        {
            frame.Release();
            throw new RpcException(new Status(StatusCode.ResourceExhausted, e.Message));
        }
        catch
        {
            frame.Release();
            throw;
        }
    }
}
