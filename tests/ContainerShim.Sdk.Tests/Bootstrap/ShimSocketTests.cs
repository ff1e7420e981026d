using System.Net.Sockets;
using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Ttrpc;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class ShimSocketTests
{
    private const UnixFileMode OwnerAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TempDirectory _directory = new();

    private string SocketPath => _directory["d/s"];

    [OneTimeTearDown]
    public void RemoveDirectory() => _directory.Dispose();

    [SetUp]
    public void Clear()
    {
        if (Directory.Exists(_directory["d"]))
        {
            Directory.Delete(_directory["d"], recursive: true);
        }
    }

    [TestCase(0u)]
    [TestCase(0x1FFu)]
    [TestCase(0x12u)]
    public async Task TryListen_WhateverTheUmask_ClosesSocketAndDirectoryToOthers(uint umask)
    {
        uint before = Umask.Set(umask);
        try
        {
            await using UnixTtrpcListener? listener = ShimSocket.TryListen(_directory["d/e/s"]);
            Assert.That(listener, Is.Not.Null);
        }
        finally
        {
            Umask.Set(before);
        }

        Assert.That(File.GetUnixFileMode(_directory["d/e/s"]), Is.EqualTo(OwnerReadWrite));
        Assert.That(File.GetUnixFileMode(_directory["d/e"]), Is.EqualTo(OwnerAll));
        Assert.That(File.GetUnixFileMode(_directory["d"]) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite), Is.EqualTo(UnixFileMode.None));
    }

    [Test]
    public async Task TryListen_LiveServer_IsLeftAlone()
    {
        await using UnixTtrpcListener? first = ShimSocket.TryListen(SocketPath);
        ulong inode = Libc.Stat(SocketPath).Inode;

        Assert.That(ShimSocket.TryListen(SocketPath), Is.Null);
        Assert.That(Libc.Stat(SocketPath).Inode, Is.EqualTo(inode));
    }

    [Test]
    public async Task TryListen_DeadSocket_IsReplaced()
    {
        await MakeDeadSocketAsync();
        await using UnixTtrpcListener? listener = ShimSocket.TryListen(SocketPath);
        Assert.That(listener, Is.Not.Null);
        Connect();
    }

    [TestCase(FileKind.Regular)]
    [TestCase(FileKind.Directory)]
    [TestCase(FileKind.Link)]
    [TestCase(FileKind.Fifo)]
    public async Task TryListen_SomethingElseHasThePath_IsRefusedAndUntouched(FileKind kind)
    {
        Directory.CreateDirectory(_directory["d"], OwnerAll);
        await SquatAsync(kind);

        ShimException refusal = Assert.Throws<ShimException>(() => ShimSocket.TryListen(SocketPath))!;
        Assert.That(refusal.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
        Assert.That(Libc.KindOf(SocketPath), Is.EqualTo(kind));

        ShimSocket.RemoveIfDead(SocketPath);
        Assert.That(Libc.KindOf(SocketPath), Is.EqualTo(kind));
    }

    [Test]
    public void TryListen_DirectoryOthersMayWriteTo_IsRefusedAndUntouched()
    {
        Directory.CreateDirectory(_directory["d"]);
        File.SetUnixFileMode(_directory["d"], (UnixFileMode)0x1FF);

        Assert.That(Assert.Throws<ShimException>(() => ShimSocket.TryListen(SocketPath))!.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
        Assert.That(Directory.EnumerateFileSystemEntries(_directory["d"]), Is.Empty);
        Assert.That(File.GetUnixFileMode(_directory["d"]), Is.EqualTo((UnixFileMode)0x1FF));
    }

    [Test]
    public void TryListen_DirectoryOfAnotherUser_IsRefused()
    {
        Directory.CreateDirectory(_directory["d"], OwnerAll);
        using (SafeFd directory = Libc.Open(_directory["d"], OpenFlags.ReadOnly))
        {
            Libc.ChangeOwner(directory, 65534, 65534);
        }

        Assert.That(Assert.Throws<ShimException>(() => ShimSocket.TryListen(SocketPath))!.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
    }

    [Test]
    public void TryListen_DirectoryIsALink_IsRefused()
    {
        Directory.CreateSymbolicLink(_directory["d"], _directory.Make("elsewhere"));
        try
        {
            Assert.That(Assert.Throws<ShimException>(() => ShimSocket.TryListen(SocketPath))!.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
            Assert.That(Directory.EnumerateFileSystemEntries(_directory["elsewhere"]), Is.Empty);
        }
        finally
        {
            File.Delete(_directory["d"]);
        }
    }

    [Test]
    public async Task TryListen_EightAtOnce_OneWinsAndTheOthersSeeItLive()
    {
        for (int round = 0; round < 20; round++)
        {
            Clear();
            if (round % 2 == 1)
            {
                await MakeDeadSocketAsync();
            }

            using Barrier barrier = new(8);
            UnixTtrpcListener?[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    barrier.SignalAndWait(OsFixture.Bound);
                    return ShimSocket.TryListen(SocketPath);
                },
                TaskCreationOptions.LongRunning))).WaitAsync(OsFixture.Bound);
            UnixTtrpcListener winner = results.Single(static result => result is not null)!;
            Connect();
            await winner.DisposeAsync();
        }
    }

    [Test]
    public async Task RemoveIfDead_TellsTheDeadFromTheLiving()
    {
        UnixTtrpcListener listener = ShimSocket.TryListen(SocketPath)!;
        ShimSocket.RemoveIfDead(SocketPath);
        Assert.That(Libc.KindOf(SocketPath), Is.EqualTo(FileKind.Socket));

        await listener.DisposeAsync();
        ShimSocket.RemoveIfDead(SocketPath);
        Assert.That(Libc.KindOf(SocketPath), Is.EqualTo(FileKind.None));
        Assert.DoesNotThrow(() => ShimSocket.RemoveIfDead(SocketPath), "a second time");
        Assert.DoesNotThrow(() => ShimSocket.RemoveIfDead(_directory["nowhere/s"]), "in a directory that is gone");
    }

    private async Task MakeDeadSocketAsync()
    {
        await ShimSocket.TryListen(SocketPath)!.DisposeAsync();
        Assert.That(Libc.KindOf(SocketPath), Is.EqualTo(FileKind.Socket));
    }

    private void Connect()
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
    }

    private async Task SquatAsync(FileKind kind)
    {
        switch (kind)
        {
            case FileKind.Regular:
                _directory.Write("d/s", "mine");
                break;
            case FileKind.Directory:
                _directory.Make("d/s");
                break;
            case FileKind.Link:
                // To a dead socket, which would be removed if it were the path itself.
                await ShimSocket.TryListen(_directory["d/target"])!.DisposeAsync();
                File.CreateSymbolicLink(SocketPath, _directory["d/target"]);
                break;
            default:
                Fifo.Make(SocketPath);
                break;
        }
    }
}
