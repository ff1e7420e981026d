namespace ContainerShim.Sdk.Linux;

/// <summary>What a descriptor is ready for, with the values of epoll(7).</summary>
[Flags]
internal enum PollEvents : uint
{
    None = 0,
    Readable = 0x1,
    Writable = 0x4,
    Error = 0x8,
    HangUp = 0x10,
}
