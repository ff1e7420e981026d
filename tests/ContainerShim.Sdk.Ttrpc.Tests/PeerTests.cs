using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class PeerTests
{
    [Test]
    public async Task Peer_RefusedByThePredicate_IsClosedUnread()
    {
        TtrpcPeer? asked = null;
        await using EchoServer server = new(options => options.AuthorizePeer = peer =>
        {
            asked = peer;
            return false;
        });
        using RawClient raw = server.Raw();

        Assert.That(raw.IsClosedByServer());
        Assert.That(asked!.Value.Pid, Is.EqualTo(Environment.ProcessId));
        Assert.That(server.Faults.Single().Reason, Does.Contain("not authorized"));
    }

    [Test]
    public async Task Peer_WhosePredicateThrows_IsClosedAndTheServerGoesOn()
    {
        bool fail = true;
        await using EchoServer server = new(options => options.AuthorizePeer = _ => fail ? throw new InvalidOperationException("lookup") : true);
        using (RawClient raw = server.Raw())
        {
            Assert.That(raw.IsClosedByServer());
        }

        fail = false;
        await (await server.ClientAsync()).SayAsync(new Note()).ResponseAsync.Soon();
    }

    [Test]
    public async Task PeerWithoutCredentials_WhereTheSameUserIsRequired_IsClosedUnread()
    {
        PipeListener listener = new();
        await using TtrpcServer server = new();
        Task serving = server.ServeAsync(listener);
        PipeTransport transport = listener.Connect(peer: null);

        await transport.Aborted.Task.Soon();
        Assert.That(transport.WasRead, Is.False);
        await server.ShutdownAsync();
        await serving.Soon();
    }

    [TestCase(0u, 1u)]
    [TestCase(1u, 0u)]
    public async Task PeerOfAnotherUserOrGroup_IsClosedUnread(uint userOffset, uint groupOffset)
    {
        PipeListener listener = new();
        await using TtrpcServer server = new();
        Task serving = server.ServeAsync(listener);
        TtrpcPeer self = await SelfAsync();
        PipeTransport transport = listener.Connect(new TtrpcPeer(1, self.UserId + userOffset, self.GroupId + groupOffset));

        await transport.Aborted.Task.Soon();
        Assert.That(transport.WasRead, Is.False);
        await server.ShutdownAsync();
        await serving.Soon();
    }

    [Test]
    public async Task PeerOfAnotherUser_WhereAnyIsWelcome_IsServed()
    {
        PipeListener listener = new();
        await using TtrpcServer server = new(new TtrpcServerOptions { RequireSameUser = false });
        Echo.BindService(server.Services, new EchoService());
        Task serving = server.ServeAsync(listener);
        await using TtrpcChannel channel = new(_ => ValueTask.FromResult<ITtrpcTransport>(listener.Connect(new TtrpcPeer(1, 12345, 12345)).Other));

        Assert.That((await new Echo.EchoClient(channel).SayAsync(new Note { Number = 1 }).ResponseAsync.Soon()).Number, Is.EqualTo(1));
        await server.ShutdownAsync();
        await serving.Soon();
    }

    private static async Task<TtrpcPeer> SelfAsync()
    {
        TtrpcPeer? peer = null;
        await using EchoServer server = new(options => options.AuthorizePeer = p =>
        {
            peer = p;
            return true;
        });
        await (await server.ClientAsync()).SayAsync(new Note()).ResponseAsync.Soon();
        return peer!.Value;
    }
}
