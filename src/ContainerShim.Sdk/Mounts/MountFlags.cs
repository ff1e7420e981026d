namespace ContainerShim.Sdk.Mounts;

/// <summary>Flags of mount(2), <c>MS_*</c> of linux/mount.h.</summary>
[Flags]
internal enum MountFlags : ulong
{
    None = 0,
    ReadOnly = 1,
    NoSuid = 2,
    NoDev = 4,
    NoExec = 8,
    Synchronous = 16,
    Remount = 32,
    MandatoryLock = 64,
    DirSync = 128,
    NoAccessTime = 1024,
    NoDirAccessTime = 2048,
    Bind = 4096,
    Recursive = 16384,
    Silent = 32768,
    Unbindable = 1 << 17,
    Private = 1 << 18,
    Slave = 1 << 19,
    Shared = 1 << 20,
    RelativeAccessTime = 1 << 21,
    StrictAccessTime = 1 << 24,

    /// <summary>The kinds of propagation, which take a call of their own.</summary>
    Propagation = Unbindable | Private | Slave | Shared,
}
