using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    /// <summary>Room for <c>posix_spawn_file_actions_t</c> (80 bytes) and for <c>posix_spawnattr_t</c> (336 bytes) of glibc and musl.</summary>
    internal const int SpawnObjectSize = 512;

    private static readonly unsafe delegate* unmanaged<byte*, int, int> AddCloseFrom = FindAddCloseFrom();

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    internal static unsafe partial int Spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    internal static unsafe partial int SpawnActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static unsafe partial int SpawnActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static unsafe partial int SpawnActionsAddDuplicate(byte* actions, int source, int target);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int SpawnActionsAddOpen(byte* actions, int target, string path, int flags, uint mode);

    // glibc 2.29, musl 1.1.24
    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int SpawnActionsAddDirectory(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    internal static unsafe partial int SpawnAttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    internal static unsafe partial int SpawnAttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    internal static unsafe partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    internal static unsafe partial int SpawnAttributesSetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    internal static unsafe partial int SpawnAttributesSetSignalMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setpgroup")]
    internal static unsafe partial int SpawnAttributesSetGroup(byte* attributes, int group);

    /// <summary>Closes all descriptors from a number on in the child. Returns false where the C library cannot (before glibc 2.34).</summary>
    internal static unsafe bool TrySpawnActionsAddCloseFrom(byte* actions, int first) => AddCloseFrom != null && AddCloseFrom(actions, first) == 0;

    private static unsafe delegate* unmanaged<byte*, int, int> FindAddCloseFrom() =>
        NativeLibrary.TryLoad("libc.so.6", out nint library)
        && NativeLibrary.TryGetExport(library, "posix_spawn_file_actions_addclosefrom_np", out nint function)
            ? (delegate* unmanaged<byte*, int, int>)function
            : null;
}
