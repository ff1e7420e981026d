using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Ttrpc.Interop;

internal static partial class Libc
{
    internal const int SetDescriptorFlags = 2;
    internal const int CloseOnExec = 1;

    /// <summary>See geteuid(2); it cannot fail.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    /// <summary>See getegid(2); it cannot fail.</summary>
    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint GetEffectiveGroupId();

    /// <summary>See fcntl(2), F_SETFD.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FileControl(SafeHandle descriptor, int command, int argument);
}
