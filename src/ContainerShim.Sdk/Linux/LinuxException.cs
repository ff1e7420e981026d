using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux;

/// <summary>A failed system call, with a text in the manner of Go's errors, which clients of containerd know: <c>open /x: no such file or directory</c>.</summary>
/// <param name="errno">The error number.</param>
/// <param name="operation">The call and what it was applied to, <c>open /x</c>.</param>
internal sealed class LinuxException(int errno, string operation) : IOException(operation + ": " + Describe(errno))
{
    /// <summary>The error number, see <see cref="Interop.Errno"/>.</summary>
    internal int Errno { get; } = errno;

    /// <summary>Whether descriptors, memory, processes or disk space are used up.</summary>
    internal bool IsExhaustion => IsExhaustionNumber(Errno);

    /// <summary>The text of an error number as Go writes it: that of strerror(3) with a small first letter.</summary>
    internal static string Describe(int errno)
    {
        string text = Marshal.GetPInvokeErrorMessage(errno);
        return text.Length == 0 ? "errno " + errno : char.ToLowerInvariant(text[0]) + text[1..];
    }

    /// <summary>The same failure for a client: with a code where the error number has one, the text unchanged.</summary>
    internal ShimException ToShimException() => new(CodeOf(Errno), Message, this);

    /// <summary>The code that an error number stands for, <see cref="ShimErrorCode.Unknown"/> where there is none.</summary>
    internal static ShimErrorCode CodeOf(int errno) => errno switch
    {
        Interop.Errno.ENOENT or Interop.Errno.ESRCH => ShimErrorCode.NotFound,
        Interop.Errno.EACCES or Interop.Errno.EPERM => ShimErrorCode.PermissionDenied,
        Interop.Errno.EINVAL => ShimErrorCode.InvalidArgument,
        Interop.Errno.EROFS => ShimErrorCode.FailedPrecondition,
        _ when IsExhaustionNumber(errno) => ShimErrorCode.ResourceExhausted,
        _ => ShimErrorCode.Unknown,
    };

    private static bool IsExhaustionNumber(int errno) => errno is Interop.Errno.EMFILE or Interop.Errno.ENFILE or Interop.Errno.ENOMEM
        or Interop.Errno.EAGAIN or Interop.Errno.ENOSPC or Interop.Errno.EDQUOT;
}
