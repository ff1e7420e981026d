using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary>Flags of open(2). Those that differ between x64 and arm64 (<c>O_DIRECTORY</c>, <c>O_NOFOLLOW</c>) are properties of <see cref="OpenFlagsByArchitecture"/>.</summary>
[Flags]
internal enum OpenFlags
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    Create = 0x40,
    Exclusive = 0x80,
    NoControllingTerminal = 0x100,
    Truncate = 0x200,
    Append = 0x400,
    NonBlocking = 0x800,
    CloseOnExec = 0x80000,
    Path = 0x200000,
}

/// <summary>Flags of open(2) whose values depend on the architecture.</summary>
internal static class OpenFlagsByArchitecture
{
    /// <summary><c>O_NOFOLLOW</c>: the last part of the path may not be a symbolic link.</summary>
    internal static OpenFlags NoFollow => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? (OpenFlags)0x8000 : (OpenFlags)0x20000;

    /// <summary><c>O_TMPFILE</c>, which includes <c>O_DIRECTORY</c>: a file without a name in the directory of the path.</summary>
    internal static OpenFlags Unnamed => Directory | (OpenFlags)0x400000;

    /// <summary><c>O_DIRECTORY</c>: the path must be a directory.</summary>
    internal static OpenFlags Directory => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? (OpenFlags)0x4000 : (OpenFlags)0x10000;
}
