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

    /// <exception cref="LinuxException">The file cannot be opened, or the kernel has no loop devices.</exception>
    internal static LoopDevice Attach(string file, bool readOnly, bool directIo)
    {
        OpenFlags access = readOnly ? OpenFlags.ReadOnly : OpenFlags.ReadWrite;
        uint flags = AutoClearFlag | (readOnly ? ReadOnlyFlag : 0) | (directIo ? DirectIoFlag : 0);
        using SafeFd backing = Libc.Open(file, access);
        using SafeFd control = Libc.Open("/dev/loop-control", OpenFlags.ReadWrite);
        for (int attempt = 1; ; attempt++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"/dev/loop{Libc.FindFreeLoop(control)}");
            SafeFd device = Libc.Open(path, access);
            int error = Libc.ConfigureLoop(device, backing, flags, Encoding.UTF8.GetBytes(file));
            if (error == 0)
            {
                return new LoopDevice(device, path);
            }

            device.Dispose();

            // Somebody else was given the same number; the kernel names another next time.
            if (error != Errno.EBUSY || attempt == Attempts)
            {
                throw new LinuxException(error, "ioctl LOOP_CONFIGURE " + path);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();
}
