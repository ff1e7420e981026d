using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Mounts;

/// <summary>A loop device over a file. It goes with its last user: keep it open until it is mounted.</summary>
internal sealed class LoopDevice : IDisposable
{
    private const int Attempts = 100;
    private const uint ReadOnlyFlag = 1;
    private const uint AutoClearFlag = 4;
    private const uint DirectIoFlag = 16;

    private readonly SafeFd _device;

    private LoopDevice(SafeFd device, string path)
    {
        _device = device;
        Path = path;
    }

    internal string Path { get; }

    /// <param name="file">The file.</param>
    /// <param name="readOnly">Whether it is only read.</param>
    /// <param name="directIo">Whether to bypass the page cache.</param>
    /// <param name="atOnce">Whether to try the call of Linux 5.8 that does everything; older kernels know only the steps.</param>
    /// <exception cref="LinuxException">The file cannot be opened, or the kernel has no loop devices.</exception>
    internal static LoopDevice Attach(string file, bool readOnly, bool directIo, bool atOnce = true)
    {
        OpenFlags access = readOnly ? OpenFlags.ReadOnly : OpenFlags.ReadWrite;
        uint flags = AutoClearFlag | (readOnly ? ReadOnlyFlag : 0) | (directIo ? DirectIoFlag : 0);
        using SafeFd backing = Libc.Open(file, access);
        using SafeFd control = Libc.Open("/dev/loop-control", OpenFlags.ReadWrite);
        for (int attempt = 1; ; attempt++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/dev/loop{Libc.FindFreeLoop(control)}");
            SafeFd device = Libc.Open(path, access);
            int error = atOnce
                ? Libc.ConfigureLoop(device, backing, flags, Encoding.UTF8.GetBytes(file))
                : ConfigureInSteps(device, backing, flags, file);
            if (error == 0)
            {
                return new LoopDevice(device, path);
            }

            device.Dispose();
            if (atOnce && error == Errno.EINVAL)
            {
                // What a kernel before 5.8 says to a request that it does not know.
                atOnce = false;
                continue;
            }

            // Somebody else was given the same number, or pages of its last user are still there; the kernel names another next time.
            if (error is not (Errno.EBUSY or Errno.EAGAIN) || attempt == Attempts)
            {
                throw new LinuxException(error, $"ioctl {(atOnce ? "LOOP_CONFIGURE" : "LOOP_SET_FD")} {path}");
            }
        }
    }

    private static int ConfigureInSteps(SafeFd device, SafeFd backing, uint flags, string file)
    {
        int error = Libc.ConfigureLoopInSteps(device, backing, flags & ~DirectIoFlag, Encoding.UTF8.GetBytes(file));
        return error == 0 && (flags & DirectIoFlag) != 0 ? Libc.SetLoopDirectIo(device) : error;
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();
}
