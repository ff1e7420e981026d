using System.Runtime.InteropServices;
using System.Text;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    private const int OpenTreeNumber = 428;
    private const int MoveMountNumber = 429;
    private const int OpenAt2Number = 437;
    private const int MountSetAttributesNumber = 442;
    private const int EmptyPath = 0x1000;

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeMount(string? source, string target, string? type, nuint flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeUnmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int NativeUnshare(int flags);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeChangeDirectory(string path);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeFileSystemStatus(string path, ulong* status);

    // A fifth argument, which the shared declaration lacks.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static unsafe partial nint NativeMountSyscall(nint number, nint first, byte* second, nint third, void* fourth, nint fifth);

    /// <summary>See mount(2). The flags are those of <c>MS_*</c>.</summary>
    internal static void Mount(string source, string target, string type, ulong flags, string data) =>
        Check(NativeMount(source, target, type, (nuint)flags, data.Length > 0 ? data : null), "mount " + target);

    /// <summary>See umount2(2); a symbolic link is not followed. Returns the error number, 0 for success.</summary>
    internal static int Unmount(string target)
    {
        const int NoFollow = 8;
        return NativeUnmount(target, NoFollow) == 0 ? 0 : LastError;
    }

    /// <summary>
    /// Gives the calling thread a working directory of its own and enters it. For a thread that ends soon: it can never share again.
    /// </summary>
    internal static void EnterDirectoryAlone(string path)
    {
        const int CloneFileSystem = 0x200;
        Check(NativeUnshare(CloneFileSystem), "unshare");
        Check(NativeChangeDirectory(path), "chdir " + path);
    }

    /// <summary>The <c>ST_*</c> flags of the mount that a path is on, equal to those of mount(2) up to 1024. See statfs(2).</summary>
    internal static unsafe ulong MountFlagsOf(string path)
    {
        // All fields are 8 bytes wide on 64-bit machines; f_flags is the eleventh.
        ulong* status = stackalloc ulong[32];
        Check(NativeFileSystemStatus(path, status), "statfs " + path);
        return status[10];
    }

    /// <summary>
    /// Refers to a path as it would be resolved by a process whose root is <paramref name="root"/>; links of proc(5) are not followed.
    /// See openat2(2), Linux 5.6.
    /// </summary>
    internal static unsafe SafeFd OpenInRoot(SafeHandle root, string path)
    {
        const ulong NoMagicLinks = 0x02;
        const ulong InRoot = 0x10;
        ulong* how = stackalloc ulong[] { (ulong)(OpenFlags.Path | OpenFlags.CloseOnExec), 0, NoMagicLinks | InRoot };
        bool added = false;
        try
        {
            root.DangerousAddRef(ref added);
            fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            {
                return Own((int)NativeSyscall(OpenAt2Number, root.DangerousGetHandle(), (nint)name, (nint)how, 3 * sizeof(ulong)), "open " + path);
            }
        }
        finally
        {
            if (added)
            {
                root.DangerousRelease();
            }
        }
    }

    /// <summary>A copy of the mount a descriptor refers to, attached nowhere. See open_tree(2), Linux 5.2.</summary>
    internal static unsafe SafeFd CloneMount(SafeFd path)
    {
        const int Clone = 1;
        byte empty = 0;
        return Own((int)NativeSyscall(OpenTreeNumber, path.Number, (nint)(&empty), EmptyPath | Clone | (int)OpenFlags.CloseOnExec, 0), "open_tree");
    }

    /// <summary>Has a detached mount show the ids of a user namespace. See mount_setattr(2), Linux 5.12.</summary>
    internal static unsafe void MapMount(SafeFd mount, SafeFd userNamespace, bool readOnly)
    {
        const ulong ReadOnly = 1;
        const ulong IdMap = 0x100000;
        byte empty = 0;
        ulong* attributes = stackalloc ulong[] { IdMap | (readOnly ? ReadOnly : 0), 0, 0, (ulong)userNamespace.Number };
        Check((int)NativeMountSyscall(MountSetAttributesNumber, mount.Number, &empty, EmptyPath, attributes, 4 * sizeof(ulong)), "mount_setattr");
    }

    /// <summary>Attaches a detached mount. See move_mount(2), Linux 5.2.</summary>
    internal static unsafe void AttachMount(SafeFd mount, SafeFd target)
    {
        const int FromEmptyPath = 4;
        const int ToEmptyPath = 0x40;
        byte empty = 0;
        Check((int)NativeMountSyscall(MoveMountNumber, mount.Number, &empty, target.Number, &empty, FromEmptyPath | ToEmptyPath), "move_mount");
    }
}
