using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Google.Protobuf;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class UnaryCallTests
{
    [Test]
    public async Task Call_WithMessage_ReturnsTheAnswer()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();
        Note note = new() { Text = "grüße", Number = -7, Data = ByteString.CopyFrom(1, 2, 3) };

        Assert.That(await client.SayAsync(note).ResponseAsync.Soon(), Is.EqualTo(note));
    }

    [Test]
    public async Task Call_WithEmptyMessage_ReturnsAnEmptyAnswer()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();

        Assert.That(await client.SayAsync(new Note()).ResponseAsync.Soon(), Is.EqualTo(new Note()));
    }

    [Test]
    public async Task BlockingCall_ReturnsTheAnswer()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();

        Assert.That(client.Say(new Note { Number = 5 }).Number, Is.EqualTo(5));
    }

    [TestCase(4095)]
    [TestCase(70_000)]
    [TestCase(4 * 1024 * 1024 - 100)]
    public async Task Call_WithLargeMessage_SurvivesTheWayThereAndBack(int size)
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();
        byte[] data = new byte[size];
        new Random(size).NextBytes(data);

        Note answer = await client.SayAsync(new Note { Data = ByteString.CopyFrom(data) }).ResponseAsync.Soon();

        Assert.That(answer.Data.Span.SequenceEqual(data));
    }

    [Test]
    public async Task Calls_OnOneConnection_RunConcurrentlyAndAreAnsweredInAnyOrder()
    {
        await using EchoServer server = new();
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, _) =>
        {
            if (note.Number == 1)
            {
                await release.Task;
            }

            return note;
        };
        Echo.EchoClient client = await server.ClientAsync();

        AsyncUnaryCall<Note> slow = client.SayAsync(new Note { Number = 1 });
        Note quick = await client.SayAsync(new Note { Number = 2 }).ResponseAsync.Soon();
        Assert.That(slow.ResponseAsync.IsCompleted, Is.False);
        release.SetResult();

        Assert.That((quick.Number, (await slow.ResponseAsync.Soon()).Number), Is.EqualTo((2L, 1L)));
    }

    [Test]
    public async Task Calls_ManyFromManyThreads_AreAllAnswered()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();

        long[] answers = await Task.WhenAll(Enumerable.Range(0, 2000).Select(async i =>
        {
            await Task.Yield();
            return (await client.SayAsync(new Note { Number = i })).Number;
        })).Soon();

        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, 2000).Select(i => (long)i)));
        await Bounded.UntilAsync(() => server.Server.CallCount == 0, "all calls have ended");
    }

    [Test]
    public async Task Call_WithMetadata_ArrivesWithIt()
    {
        await using EchoServer server = new();
        Metadata? seen = null;
        server.Service.OnSay = (note, context) =>
        {
            seen = context.RequestHeaders;
            return Task.FromResult(note);
        };
        Echo.EchoClient client = await server.ClientAsync();

        await client.SayAsync(new Note(), new Metadata { { "containerd-namespace-ttrpc", "k8s.io" }, { "a", "1" }, { "a", "2" }, { "raw-bin", [0, 255] } });

        Assert.That(seen!.GetValue("containerd-namespace-ttrpc"), Is.EqualTo("k8s.io"));
        Assert.That(seen.GetAll("a").Select(e => e.Value), Is.EqualTo(new[] { "1", "2" }));
        Assert.That(seen.GetValueBytes("raw-bin"), Is.EqualTo(new byte[] { 0, 255 }));
    }

    [Test]
    public async Task Context_OfACall_TellsMethodPeerAndNoDeadline()
    {
        await using EchoServer server = new();
        ServerCallContext? context = null;
        server.Service.OnSay = (note, c) =>
        {
            context = c;
            return Task.FromResult(note);
        };
        await (await server.ClientAsync()).SayAsync(new Note());

        Assert.That(context!.Method, Is.EqualTo("/ttrpc.test.v1.Echo/Say"));
        Assert.That(context.GetTtrpcPeer()!.Value.Pid, Is.EqualTo(Environment.ProcessId));
        Assert.That(context.Peer, Does.StartWith($"unix:pid={Environment.ProcessId},uid="));
        Assert.That(context.Deadline, Is.EqualTo(DateTime.MaxValue));
    }

    [Test]
    public async Task Call_ByAlias_ReachesTheSameImplementation()
    {
        string? method = null;
        await using EchoServer server = new(bind: services => services.Alias("ttrpc.test.v1.Echo", "ttrpc.test.v2.Echo"));
        server.Service.OnSay = (note, context) =>
        {
            method = context.Method;
            return Task.FromResult(note);
        };
        using RawClient raw = server.Raw();

        raw.Call(1, "Say", new Note { Number = 3 }, service: "ttrpc.test.v2.Echo");

        Assert.That(Note.Parser.ParseFrom(raw.ReceiveResponse().Payload).Number, Is.EqualTo(3));
        Assert.That(method, Is.EqualTo("/ttrpc.test.v2.Echo/Say"));
    }

    [Test]
    public void Alias_OfUnknownService_IsRefused() =>
        Assert.That(() => new TtrpcServer().Services.Alias("a", "b"), Throws.ArgumentException);

    [Test]
    public async Task Services_OfAServingServer_RefuseChanges()
    {
        await using EchoServer server = new();

        Assert.That(() => Echo.BindService(server.Server.Services, new EchoService()), Throws.InvalidOperationException);
    }
}
