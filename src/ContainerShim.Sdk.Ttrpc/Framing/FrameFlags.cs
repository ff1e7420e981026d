namespace ContainerShim.Sdk.Ttrpc.Framing;

[Flags]
internal enum FrameFlags : byte
{
    None = 0,

    /// <summary>The sender sends no more data on this stream.</summary>
    RemoteClosed = 1,

    /// <summary>The sender of the request goes on with data frames.</summary>
    RemoteOpen = 2,

    /// <summary>The frame carries no message; an empty body without this flag is an empty message.</summary>
    NoData = 4,
}
