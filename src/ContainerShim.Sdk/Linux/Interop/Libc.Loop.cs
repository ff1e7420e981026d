namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    private const int LoopInfoSize = 232;
    private const int LoopFlagsOffset = 52;
    private const int LoopNameOffset = 56;
    private const int LoopNameLength = 63;

    /// <summary>The number of a loop device that nobody uses now. See loop(4).</summary>
    internal static unsafe int FindFreeLoop(SafeFd control)
    {
        const nuint GetFree = 0x4C82;
        return Check(NativeIoctl(control, GetFree, null), "ioctl LOOP_CTL_GET_FREE");
    }

    /// <summary>Binds a file to a loop device. See loop(4), <c>LOOP_CONFIGURE</c>, Linux 5.8. Returns the error number, 0 for success.</summary>
    internal static unsafe int ConfigureLoop(SafeFd device, SafeFd file, uint flags, ReadOnlySpan<byte> name)
    {
        const nuint Configure = 0x4C0A;
        const int ConfigurationSize = 304;
        const int InfoOffset = 8;
        byte* configuration = stackalloc byte[ConfigurationSize];
        new Span<byte>(configuration, ConfigurationSize).Clear();
        *(uint*)configuration = (uint)file.Number;
        FillLoopInfo(configuration + InfoOffset, flags, name);
        return NativeIoctl(device, Configure, configuration) == 0 ? 0 : LastError;
    }

    /// <summary>
    /// Binds a file to a loop device in the two steps that there were before Linux 5.8; whether it is read-only follows from how both were
    /// opened. See loop(4), <c>LOOP_SET_FD</c> and <c>LOOP_SET_STATUS64</c>. Returns the error number, 0 for success.
    /// </summary>
    internal static unsafe int ConfigureLoopInSteps(SafeFd device, SafeFd file, uint flags, ReadOnlySpan<byte> name)
    {
        const nuint SetFd = 0x4C00;
        const nuint ClearFd = 0x4C01;
        const nuint SetStatus64 = 0x4C04;
        if (NativeIoctl(device, SetFd, (void*)file.Number) != 0)
        {
            return LastError;
        }

        byte* info = stackalloc byte[LoopInfoSize];
        new Span<byte>(info, LoopInfoSize).Clear();
        FillLoopInfo(info, flags, name);
        if (NativeIoctl(device, SetStatus64, info) == 0)
        {
            return 0;
        }

        int error = LastError;
        _ = NativeIoctl(device, ClearFd, null);
        return error;
    }

    /// <summary>Lets a loop device bypass the page cache. See loop(4), <c>LOOP_SET_DIRECT_IO</c>, Linux 4.10. Returns the error number, 0 for success.</summary>
    internal static unsafe int SetLoopDirectIo(SafeFd device)
    {
        const nuint SetDirectIo = 0x4C08;
        return NativeIoctl(device, SetDirectIo, (void*)1) == 0 ? 0 : LastError;
    }

    private static unsafe void FillLoopInfo(byte* info, uint flags, ReadOnlySpan<byte> name)
    {
        *(uint*)(info + LoopFlagsOffset) = flags;
        name[..Math.Min(name.Length, LoopNameLength)].CopyTo(new Span<byte>(info + LoopNameOffset, LoopNameLength));
    }
}
