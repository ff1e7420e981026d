using System.Net.Sockets;
using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class ListenerTests
{
    [Test]
    public async Task Listen_CreatesThePathForItsOwnerOnly()
    {
        using TempDirectory directory = new();
        await using UnixTtrpcListener listener = UnixTtrpcListener.Listen(directory["s"]);

        Assert.That(File.GetUnixFileMode(directory["s"]), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task Listen_OnAPathThatExists_FailsAndLeavesItAlone()
    {
        using TempDirectory directory = new();
        await File.WriteAllTextAsync(directory["s"], "mine");

        Assert.That(() => UnixTtrpcListener.Listen(directory["s"]), Throws.InstanceOf<SocketException>());
        Assert.That(await File.ReadAllTextAsync(directory["s"]), Is.EqualTo("mine"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Dispose_RemovesThePathOnlyIfAskedTo(bool unlink)
    {
        using TempDirectory directory = new();
        UnixTtrpcListener listener = UnixTtrpcListener.Listen(directory["s"], unlink);
        await listener.DisposeAsync();
        await listener.DisposeAsync();

        Assert.That(File.Exists(directory["s"]), Is.Not.EqualTo(unlink));
    }

    [Test]
    public async Task Dispose_EndsAPendingAccept()
    {
        using TempDirectory directory = new();
        UnixTtrpcListener listener = UnixTtrpcListener.Listen(directory["s"]);
        Task<ITtrpcTransport?> accept = listener.AcceptAsync().AsTask();
        await listener.DisposeAsync();

        Assert.That(await accept.Soon(), Is.Null);
    }

    [Test]
    public async Task FromHandle_OfAListeningSocket_ServesItAndMakesItCloseOnExec()
    {
        using TempDirectory directory = new();
        Socket bound = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        bound.Bind(new UnixDomainSocketEndPoint(directory["s"]));
        bound.Listen();
        int inherited = Descriptors.Duplicate((int)bound.Handle);
        Assert.That(Descriptors.IsCloseOnExec(inherited), Is.False, "as after exec");
        await using TtrpcServer server = new();
        Echo.BindService(server.Services, new EchoService());

        Task serving = server.ServeAsync(UnixTtrpcListener.FromHandle(new SafeSocketHandle(inherited, ownsHandle: true)));
        Assert.That(Descriptors.IsCloseOnExec(inherited));
        await using (TtrpcChannel channel = await TtrpcChannel.ConnectAsync(directory["s"]))
        {
            Assert.That((await new Echo.EchoClient(channel).SayAsync(new Note { Number = 4 }).ResponseAsync.Soon()).Number, Is.EqualTo(4));
        }

        await server.ShutdownAsync().Soon();
        await serving.Soon();
        Assert.That(File.Exists(directory["s"]), "the path belongs to whoever bound it");
        bound.Dispose();
    }

    [Test]
    public void FromHandle_OfNoSocket_FailsAndClosesIt()
    {
        using TempDirectory directory = new();
        int descriptor = Descriptors.OpenFile(directory["f"]);
        SafeSocketHandle handle = new(descriptor, ownsHandle: true);

        Assert.That(() => UnixTtrpcListener.FromHandle(handle), Throws.InstanceOf<SocketException>());
        Assert.That(handle.IsClosed);
    }

    [Test]
    public async Task Accepted_Connections_AreCloseOnExec()
    {
        using TempDirectory directory = new();
        await using UnixTtrpcListener listener = UnixTtrpcListener.Listen(directory["s"]);
        using RawClient raw = new(directory["s"]);
        await using ITtrpcTransport? transport = await listener.AcceptAsync();

        Assert.That(transport!.Peer!.Value.Pid, Is.EqualTo(Environment.ProcessId));
        Assert.That(
            Directory.EnumerateFiles("/proc/self/fd").Select(path => int.Parse(Path.GetFileName(path))).Where(Descriptors.IsOpenSocket),
            Is.All.Matches<int>(Descriptors.IsCloseOnExec));
    }
}
