using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpen(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint NativeRead(SafeHandle descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint NativeWrite(SafeHandle descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int NativeChangeOwner(SafeHandle descriptor, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int NativeFcntl(SafeHandle descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int NativeIoctl(SafeHandle descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "mkdtemp", SetLastError = true)]
    private static unsafe partial byte* NativeMakeTemporaryDirectory(byte* template);

    /// <summary>See open(2); <c>O_CLOEXEC</c> and <c>O_NOCTTY</c> are always set.</summary>
    /// <exception cref="LinuxException"><c>open PATH: …</c></exception>
    internal static SafeFd Open(string path, OpenFlags flags, uint mode = 0)
    {
        int descriptor;
        do
        {
            descriptor = NativeOpen(path, (int)(flags | OpenFlags.CloseOnExec | OpenFlags.NoControllingTerminal), mode);
        }
        while (descriptor < 0 && LastError == Errno.EINTR);
        return Own(descriptor, "open " + path);
    }

    /// <summary>See read(2). Returns the count, or the error number negated.</summary>
    internal static unsafe int Read(SafeHandle descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
            {
                count = NativeRead(descriptor, start, (nuint)buffer.Length);
            }
            while (count < 0 && LastError == Errno.EINTR);
            return count >= 0 ? (int)count : -LastError;
        }
    }

    /// <summary>See write(2). Returns the count, or the error number negated.</summary>
    internal static unsafe int Write(SafeHandle descriptor, ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
            {
                count = NativeWrite(descriptor, start, (nuint)buffer.Length);
            }
            while (count < 0 && LastError == Errno.EINTR);
            return count >= 0 ? (int)count : -LastError;
        }
    }

    /// <summary>See fchown(2).</summary>
    internal static void ChangeOwner(SafeHandle descriptor, uint user, uint group) =>
        Check(NativeChangeOwner(descriptor, user, group), "fchown");

    /// <summary>A copy of a descriptor with a number of at least <paramref name="lowest"/>, closed on exec.</summary>
    internal static SafeFd Duplicate(SafeHandle descriptor, int lowest = 3)
    {
        const int DuplicateCloseOnExec = 1030;
        return Own(NativeFcntl(descriptor, DuplicateCloseOnExec, lowest), "fcntl F_DUPFD_CLOEXEC");
    }

    /// <summary>Makes calls on the open file description return <c>EAGAIN</c> rather than wait.</summary>
    internal static void SetNonBlocking(SafeHandle descriptor, bool isNonBlocking = true)
    {
        const int GetFlags = 3;
        const int SetFlags = 4;
        int flags = Check(NativeFcntl(descriptor, GetFlags, 0), "fcntl F_GETFL");
        flags = isNonBlocking ? flags | (int)OpenFlags.NonBlocking : flags & ~(int)OpenFlags.NonBlocking;
        Check(NativeFcntl(descriptor, SetFlags, flags), "fcntl F_SETFL");
    }

    /// <summary>Makes a new directory of mode 0700 whose name is the prefix and six random characters. See mkdtemp(3).</summary>
    internal static unsafe string MakeTemporaryDirectory(string prefix)
    {
        byte[] template = System.Text.Encoding.UTF8.GetBytes(prefix + "XXXXXX\0");
        fixed (byte* start = template)
        {
            return NativeMakeTemporaryDirectory(start) is null
                ? throw new LinuxException(LastError, "mkdtemp " + prefix)
                : System.Text.Encoding.UTF8.GetString(template, 0, template.Length - 1);
        }
    }
}
