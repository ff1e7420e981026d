using System.Net.Sockets;
using System.Text;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Bootstrap;
using Google.Protobuf;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Who can reach a shim: the user it runs as, and nobody else (CVE-2020-15257).</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class SocketSecurityTests : ShimFixture
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
    private const UnixFileMode Passable = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>nobody and nogroup.</summary>
    private const int Other = 65534;

    private const int Root = 0;

    private string SocketDirectory => Path.Combine(Site.Directory, "s");

    [Test]
    public async Task Start_WithoutUmask_MakesASocketAndADirectoryForTheOwnerAlone()
    {
        RawShim shim = await StartAsync(["sh", "-c", "umask 0; exec \"$@\"", "sh"]);

        Assert.That(File.GetUnixFileMode(shim.SocketPath), Is.EqualTo(OwnerOnly));
        Assert.That(File.GetUnixFileMode(SocketDirectory), Is.EqualTo(OwnerOnly | UnixFileMode.UserExecute));
        Assert.That(File.GetUnixFileMode("/run/containerd/s") & ~(OwnerOnly | UnixFileMode.UserExecute), Is.EqualTo(UnixFileMode.None));
    }

    [Test]
    public async Task Connect_AsAnotherUser_IsRefusedByTheFileSystem()
    {
        RawShim shim = await StartAsync([]);
        LetPass(Site.Directory);

        SocketException? refusal = Assert.Catch<SocketException>(() => OnAnotherThread(() => Connect(shim, Other, Other).Dispose()));

        Assert.That(refusal?.SocketErrorCode, Is.EqualTo(SocketError.AccessDenied));
    }

    [TestCase(Root, Other)]
    [TestCase(Other, Other)]
    public async Task Connect_AsAnotherUserOrGroupThatMayOpenTheSocket_IsClosedUnanswered(int user, int group)
    {
        RawShim shim = await StartAsync([]);
        LetPass(Site.Directory);
        LetPass(SocketDirectory);
        File.SetUnixFileMode(shim.SocketPath, Everybody);

        int answered = -1;
        OnAnotherThread(() =>
        {
            using Socket socket = Connect(shim, user, group);
            answered = Ask(socket);
        });

        Assert.That(answered, Is.Zero, "the connection is closed");
        Assert.That(await shim.Client.ConnectAsync(new() { Id = "any" }, RawShim.Within()), Is.Not.Null);
    }

    [Test]
    public async Task Connect_AsTheSameUser_IsAnswered()
    {
        RawShim shim = await StartAsync([]);
        int answered = 0;
        OnAnotherThread(() =>
        {
            using Socket socket = Connect(shim, Root, Root);
            answered = Ask(socket);
        });

        Assert.That(answered, Is.Positive);
    }

    /// <summary>Starts a shim whose socket is in a directory of this test, as containerd 2.3 can tell it to.</summary>
    private async Task<RawShim> StartAsync(IReadOnlyList<string> prefix)
    {
        TestBundle bundle = Site.NewBundle();
        BootstrapParams parameters = new() { InstanceId = bundle.Id, Namespace = Site.Namespace, SocketDir = SocketDirectory };
        ShimInvocation start = (await Site.InvokeAsync("start", bundle, prefix, input: parameters.ToByteArray())).EnsureSuccess();
        BootstrapResult result = BootstrapResult.Parser.ParseFrom(start.Output);
        Assert.That((result.Version, result.Protocol), Is.EqualTo((3, "ttrpc")));
        return await Site.ConnectAsync(bundle, result.Address);
    }

    private static void LetPass(string directory) => File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | Passable);

    private static Socket Connect(RawShim shim, int user, int group)
    {
        Native.BecomeOnThisThread(user, group);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        socket.Connect(new UnixDomainSocketEndPoint(shim.SocketPath));
        return socket;
    }

    /// <summary>Sends a request that any shim answers, if only with an error; returns how many bytes come back.</summary>
    private static int Ask(Socket socket)
    {
        byte[] body = [1 << 3 | 2, 1, .. Encoding.UTF8.GetBytes("x")];
        try
        {
            socket.Send([0, 0, 0, (byte)body.Length, 0, 0, 0, 1, 1, 0, .. body]);
            return socket.Receive(new byte[16]);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return 0;
        }
    }

    /// <summary>A thread that ends: what it has become does not come back.</summary>
    private static void OnAnotherThread(Action action)
    {
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }
}
