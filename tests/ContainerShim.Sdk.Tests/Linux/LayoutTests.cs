using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Tests.Linux;

/// <summary>Sizes and offsets as a C compiler has them on x64 and arm64.</summary>
internal sealed class LayoutTests
{
    [Test]
    public void SignalInfo_Layout_IsThatOfC()
    {
        Assert.That(Unsafe.SizeOf<SignalInfo>(), Is.EqualTo(128));
        Assert.That(Marshal.OffsetOf<SignalInfo>("Code"), Is.EqualTo((nint)8));
        Assert.That(Marshal.OffsetOf<SignalInfo>("Pid"), Is.EqualTo((nint)16));
        Assert.That(Marshal.OffsetOf<SignalInfo>("Uid"), Is.EqualTo((nint)20));
        Assert.That(Marshal.OffsetOf<SignalInfo>("Status"), Is.EqualTo((nint)24));
    }

    [Test]
    public void PidfdInfo_Layout_IsThatOfC()
    {
        Assert.That(Unsafe.SizeOf<PidfdInfo>(), Is.EqualTo(64));
        Assert.That(Marshal.OffsetOf<PidfdInfo>("Pid"), Is.EqualTo((nint)16));
        Assert.That(Marshal.OffsetOf<PidfdInfo>("ParentPid"), Is.EqualTo((nint)24));
        Assert.That(Marshal.OffsetOf<PidfdInfo>("WaitStatus"), Is.EqualTo((nint)60));
    }

    [Test]
    public void ResourceLimit_Layout_IsThatOfC()
    {
        Assert.That(Unsafe.SizeOf<ResourceLimit>(), Is.EqualTo(16));
        Assert.That(Marshal.OffsetOf<ResourceLimit>("Hard"), Is.EqualTo((nint)8));
    }

    [Test]
    public void PollFd_Layout_IsThatOfC() => Assert.That(Unsafe.SizeOf<Libc.PollFd>(), Is.EqualTo(8));

    [Test]
    public unsafe void SocketMessages_Layout_IsThatOfC()
    {
        Assert.That(sizeof(Libc.IoVector), Is.EqualTo(16));
        Assert.That(sizeof(Libc.ControlHeader), Is.EqualTo(16));
        Assert.That(Marshal.OffsetOf<Libc.ControlHeader>("Level"), Is.EqualTo((nint)8));
        Assert.That(sizeof(Libc.MessageHeader), Is.EqualTo(56));
        Assert.That(Marshal.OffsetOf<Libc.MessageHeader>("Vectors"), Is.EqualTo((nint)16));
        Assert.That(Marshal.OffsetOf<Libc.MessageHeader>("Control"), Is.EqualTo((nint)32));
        Assert.That(Marshal.OffsetOf<Libc.MessageHeader>("Flags"), Is.EqualTo((nint)48));
    }

    [Test]
    public void WindowSizeAndFileStatus_Layout_IsThatOfC()
    {
        Assert.That(Unsafe.SizeOf<Libc.WindowSize>(), Is.EqualTo(8));
        Assert.That(Marshal.OffsetOf<Libc.WindowSize>("Columns"), Is.EqualTo((nint)2));
        Assert.That(Unsafe.SizeOf<FileStatus>(), Is.EqualTo(256));
        FileStatus status = Libc.Stat("/etc/passwd");
        Assert.That(status.IsRegular && !status.IsWritableByOthers && status.Uid == 0);
    }

    [Test]
    public unsafe void EpollEntry_Layout_IsPackedOnX64Only()
    {
        bool packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        Assert.That(EpollBuffer.EntrySize, Is.EqualTo(packed ? 12 : 16));
        Assert.That(EpollBuffer.TokenOffset, Is.EqualTo(packed ? 4 : 8));
        byte* entry = stackalloc byte[EpollBuffer.LargestEntrySize];
        EpollBuffer.Write(entry, PollEvents.Writable, 0x1122334455667788);
        Assert.That(*(uint*)entry, Is.EqualTo(4));
        Assert.That(Unsafe.ReadUnaligned<ulong>(entry + EpollBuffer.TokenOffset), Is.EqualTo(0x1122334455667788));
    }

    [Test]
    public void LinuxException_Text_IsInTheMannerOfGo()
    {
        LinuxException exception = Assert.Throws<LinuxException>(static () => Libc.Open("/nope/x", OpenFlags.ReadOnly))!;
        Assert.That(exception.Message, Is.EqualTo("open /nope/x: no such file or directory"));
        Assert.That(exception.Errno, Is.EqualTo(Errno.ENOENT));
        Assert.That(exception.ToShimException().Code, Is.EqualTo(ShimErrorCode.NotFound));
    }
}
