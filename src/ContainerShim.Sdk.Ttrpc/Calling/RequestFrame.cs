using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Calling;

internal static class RequestFrame
{
    /// <summary>The frame that begins a call; without a <paramref name="request"/>, one whose messages follow in data frames.</summary>
    /// <exception cref="RpcException">ResourceExhausted: metadata or message are too long. Internal: the message cannot be encoded.</exception>
    internal static FrameBuffer Encode<TRequest, TResponse>(
        Method<TRequest, TResponse> method, TRequest? request, TimeSpan? timeout, Metadata? metadata)
        where TRequest : class
    {
        FrameBuffer frame = new(FrameType.Request, Flags(method.Type), FrameBuffer.RequestPayloadTag);
        try
        {
            frame.WriteStringField(1, method.ServiceName);
            frame.WriteStringField(2, method.Name);
            if (timeout is { } limit)
            {
                frame.WriteVarintField(4, (ulong)Nanoseconds(limit));
            }

            WriteMetadata(frame, metadata);
            if (request is not null)
            {
                frame.WritePayload(method.RequestMarshaller, request);
            }

            return frame;
        }
        catch (Exception e)
        {
            frame.Release();
            throw e as RpcException ?? new RpcException(e is FrameTooLargeException
                ? new Status(StatusCode.ResourceExhausted, e.Message)
                : new Status(StatusCode.Internal, Texts.MarshalFailed + e.Message, e));
        }
    }

    private static FrameFlags Flags(MethodType type) => type switch
    {
        MethodType.Unary => FrameFlags.None,
        MethodType.ServerStreaming => FrameFlags.RemoteClosed,
        _ => FrameFlags.RemoteOpen,
    };

    private static long Nanoseconds(TimeSpan limit) =>
        limit.Ticks > long.MaxValue / TimeSpan.NanosecondsPerTick ? long.MaxValue : limit.Ticks * TimeSpan.NanosecondsPerTick;

    private static void WriteMetadata(FrameBuffer frame, Metadata? metadata)
    {
        if (metadata is null)
        {
            return;
        }

        int begin = frame.Length;
        foreach (Metadata.Entry entry in metadata)
        {
            int start = frame.BeginNested(5);
            frame.WriteStringField(1, entry.Key);
            frame.WriteStringField(2, MetadataPair.Text(entry));
            frame.EndNested(start);
        }

        if (frame.Length - begin > FrameLimits.MaxMetadata)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, FrameLimits.MetadataOversized(frame.Length - begin)));
        }
    }
}
