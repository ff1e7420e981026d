namespace ContainerShim.Sdk.Ttrpc.Framing;

internal enum FrameType : byte
{
    Request = 1,
    Response = 2,
    Data = 3,
}
