namespace ContainerShim.Sdk.Linux;

/// <summary>The type bits of a file's mode, see inode(7).</summary>
internal enum FileKind
{
    /// <summary>There is no such file.</summary>
    None = 0,
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Directory = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    Link = 0xA000,
    Socket = 0xC000,
}
