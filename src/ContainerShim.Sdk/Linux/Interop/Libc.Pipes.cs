using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    private const uint SpliceMoveNonblock = 0x1 | 0x2;

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static unsafe partial int NativePipe(int* descriptors, int flags);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    private static unsafe partial nint NativeSplice(SafeHandle input, long* inputOffset, SafeHandle output, long* outputOffset, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeMakeFifo(string path, uint mode);

    /// <summary>See pipe2(2), closed on exec; both ends block.</summary>
    internal static unsafe (SafeFd Reader, SafeFd Writer) Pipe()
    {
        int* ends = stackalloc int[2];
        Check(NativePipe(ends, (int)OpenFlags.CloseOnExec), "pipe2");
        return (new SafeFd(ends[0]), new SafeFd(ends[1]));
    }

    /// <summary>Moves bytes between descriptors of which one is a pipe; see splice(2). Returns the count, or the error number negated.</summary>
    internal static unsafe int Splice(SafeHandle input, SafeHandle output, int length)
    {
        nint count;
        do
        {
            count = NativeSplice(input, null, output, null, (nuint)length, SpliceMoveNonblock);
        }
        while (count < 0 && LastError == Errno.EINTR);
        return count >= 0 ? (int)count : -LastError;
    }

    /// <summary>How many bytes wait in a pipe, FIFO or terminal (<c>FIONREAD</c>).</summary>
    internal static unsafe int BytesWaiting(SafeHandle descriptor)
    {
        const nuint FioNRead = 0x541B;
        int count;
        Check(NativeIoctl(descriptor, FioNRead, &count), "ioctl FIONREAD");
        return count;
    }

    /// <summary>Asks for a pipe of another capacity; the kernel may refuse (<c>fs.pipe-user-pages-soft</c>), which costs only speed.</summary>
    internal static void TrySetPipeCapacity(SafeHandle pipe, int bytes)
    {
        const int SetPipeSize = 1031;
        _ = NativeFcntl(pipe, SetPipeSize, bytes);
    }

    /// <summary>Whether a descriptor is a pipe or a FIFO.</summary>
    internal static bool IsPipe(SafeHandle descriptor)
    {
        const int GetPipeSize = 1032;
        return NativeFcntl(descriptor, GetPipeSize, 0) >= 0;
    }

    /// <summary>See mkfifo(3).</summary>
    internal static void MakeFifo(string path, uint mode) => Check(NativeMakeFifo(path, mode), "mkfifo " + path);
}
