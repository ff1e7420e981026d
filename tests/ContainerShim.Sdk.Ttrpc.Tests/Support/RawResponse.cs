using Google.Protobuf;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

/// <summary>A response frame, decoded by Google.Protobuf rather than by the code under test.</summary>
internal sealed record RawResponse(uint StreamId, StatusCode Code, string Message, byte[] Payload)
{
    internal static RawResponse Parse(RawFrame frame)
    {
        CodedInputStream input = new(frame.Body);
        (StatusCode code, string message, byte[] payload) = (StatusCode.OK, string.Empty, []);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    (code, message) = ParseStatus(input.ReadBytes());
                    break;
                case 2:
                    payload = input.ReadBytes().ToByteArray();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new RawResponse(frame.StreamId, code, message, payload);
    }

    private static (StatusCode Code, string Message) ParseStatus(ByteString status)
    {
        CodedInputStream input = status.CreateCodedInput();
        (StatusCode code, string message) = (StatusCode.OK, string.Empty);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    code = (StatusCode)input.ReadInt32();
                    break;
                case 2:
                    message = input.ReadString();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return (code, message);
    }
}
