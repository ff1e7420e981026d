using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class LimitTests
{
    private const int Max = 4 << 20;

    [Test]
    public async Task OversizedRequest_IsDiscardedAndAnswered()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 0, new byte[Max + 1]);

        RawResponse response = raw.ReceiveResponse();
        Assert.That((response.StreamId, response.Code, response.Message), Is.EqualTo(
            (1u, StatusCode.ResourceExhausted, "message length 4194305 exceed maximum message size of 4194304")));
        raw.Call(1, "Say", new Note());
        Assert.That(raw.ReceiveResponse().Code, Is.EqualTo(StatusCode.OK));
    }

    [Test]
    public async Task Request_OfExactlyTheLimit_IsServed()
    {
        await using EchoServer server = new();
        server.Service.OnSay = (note, _) => Task.FromResult(new Note { Number = note.Data.Length });
        using RawClient raw = server.Raw();
        int overhead = RawClient.Request(RawClient.EchoName, "Say", new Note { Data = ByteString.CopyFrom(new byte[Max - 100]) }.ToByteArray()).Length - (Max - 100);
        byte[] body = RawClient.Request(RawClient.EchoName, "Say", new Note { Data = ByteString.CopyFrom(new byte[Max - overhead]) }.ToByteArray());
        Assert.That(body, Has.Length.EqualTo(Max));
        raw.SendFrame(1, 1, 0, body);

        Assert.That(Note.Parser.ParseFrom(raw.ReceiveResponse().Payload).Number, Is.EqualTo(Max - overhead));
    }

    [TestCase(0x01000000u)]
    [TestCase(0xffffffffu)]
    public async Task Length_InTheReservedByte_ClosesTheConnection(uint length)
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.Send(RawClient.Frame(length, 1, 1, 0, []));

        Assert.That(raw.IsClosedByServer());
        await Bounded.UntilAsync(() => !server.Faults.IsEmpty, "the fault is told");
    }

    [Test]
    public async Task OversizedAnswer_BecomesAnErrorAndTheConnectionGoesOn()
    {
        await using EchoServer server = new();
        server.Service.OnSay = (_, _) => Task.FromResult(new Note { Data = ByteString.CopyFrom(new byte[Max]) });
        Echo.EchoClient client = await server.ClientAsync();

        await Rpc.FailsAsync(client.SayAsync(new Note()).ResponseAsync, StatusCode.ResourceExhausted, "message length 4194314 exceed maximum message size of 4194304");
        server.Service.OnSay = (note, _) => Task.FromResult(note);
        await client.SayAsync(new Note()).ResponseAsync.Soon();
    }

    [Test]
    public async Task OversizedMessage_OfAClient_IsNotSent()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();
        Note big = new() { Data = ByteString.CopyFrom(new byte[Max]) };

        await Rpc.FailsAsync(client.SayAsync(big).ResponseAsync, StatusCode.ResourceExhausted);
        using AsyncClientStreamingCall<Note, Note> sum = client.Sum();
        Assert.That(
            Assert.Throws<RpcException>(() => sum.RequestStream.WriteAsync(big))!.Status.Detail,
            Is.EqualTo("message length 4194309 exceed maximum message size of 4194304"));
        await client.SayAsync(new Note()).ResponseAsync.Soon();
    }

    [Test]
    public async Task Metadata_OverTheLimit_IsRefusedByTheServer()
    {
        await using EchoServer server = new();
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 0, RawClient.Request(RawClient.EchoName, "Say", [], 0, ("k", new string('v', 65 << 10))));

        Assert.That(raw.ReceiveResponse().Code, Is.EqualTo(StatusCode.ResourceExhausted));
        raw.Call(3, "Say", new Note());
        Assert.That(raw.ReceiveResponse().Code, Is.EqualTo(StatusCode.OK));
    }

    [Test]
    public async Task Metadata_OverTheLimit_IsRefusedByTheClient()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync();

        await Rpc.FailsAsync(client.SayAsync(new Note(), new Metadata { { "k", new string('v', 65 << 10) } }).ResponseAsync, StatusCode.ResourceExhausted);
    }

    [Test]
    public async Task Metadata_WithKeysThatGrpcDoesNotKnow_IsServedWithoutThem()
    {
        await using EchoServer server = new();
        int count = -1;
        server.Service.OnSay = (note, context) =>
        {
            count = context.RequestHeaders.Count;
            return Task.FromResult(note);
        };
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 0, RawClient.Request(RawClient.EchoName, "Say", [], 0, ("ü", "1"), (string.Empty, "2"), ("x-bin", "no base64!"), ("ok", "3")));

        Assert.That(raw.ReceiveResponse().Code, Is.EqualTo(StatusCode.OK));
        Assert.That(count, Is.EqualTo(2));
    }

    [Test]
    public async Task Calls_OverTheLimitOfAConnection_AreRefusedOneByOne()
    {
        await using EchoServer server = new(options => options.MaxStreamsPerConnection = 2);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, _) =>
        {
            await release.Task;
            return note;
        };
        Echo.EchoClient client = await server.ClientAsync();
        Task<Note>[] admitted = [client.SayAsync(new Note()).ResponseAsync, client.SayAsync(new Note()).ResponseAsync];

        await Rpc.FailsAsync(client.SayAsync(new Note()).ResponseAsync, StatusCode.ResourceExhausted);
        release.SetResult();
        await Task.WhenAll(admitted).Soon();
        await client.SayAsync(new Note()).ResponseAsync.Soon();
    }

    [Test]
    public async Task LongPolls_GivenUpByTheirClient_LeaveRoomForOtherCalls()
    {
        const string Alias = "ttrpc.test.v2.Echo";
        await using EchoServer server = new(
            options =>
            {
                options.MaxStreamsPerConnection = 1;
                options.MaxLongPollsPerConnection = 3;
                options.LongPolls.Add($"/{RawClient.EchoName}/Say");
            },
            services => services.Alias(RawClient.EchoName, Alias));
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, _) =>
        {
            await release.Task;
            return note;
        };
        using RawClient raw = server.Raw();
        raw.Call(1, "Say", new Note());
        raw.Call(3, "Say", new Note(), service: Alias);
        raw.Call(5, "Say", new Note());

        raw.Call(7, "Say", new Note());
        RawResponse refusal = raw.ReceiveResponse();
        Assert.That((refusal.StreamId, refusal.Code), Is.EqualTo((7u, StatusCode.ResourceExhausted)), "a long poll too many");
        Assert.That(refusal.Message, Does.Contain("more than 3 calls of /ttrpc.test.v1.Echo/Say"));

        raw.Call(9, "Sum", new Note());
        raw.Call(11, "Sum", new Note());
        refusal = raw.ReceiveResponse();
        Assert.That((refusal.StreamId, refusal.Code), Is.EqualTo((11u, StatusCode.ResourceExhausted)), "another call has its own limit");

        release.SetResult();
        Assert.That(Enumerable.Range(0, 3).Select(_ => raw.ReceiveResponse().Code), Is.All.EqualTo(StatusCode.OK));
        raw.Call(13, "Say", new Note());
        Assert.That(raw.ReceiveResponse().StreamId, Is.EqualTo(13u), "those that have ended do not count");
    }

    [Test]
    public async Task LongPoll_ThatWaits_TakesLittleMemory()
    {
        const int Count = 4000;
        await using EchoServer server = new(options => options.LongPolls.Add($"/{RawClient.EchoName}/Say"));
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, context) =>
        {
            await release.Task.WaitAsync(context.CancellationToken);
            return note;
        };
        using RawClient raw = server.Raw();
        raw.Call(1, "Say", new Note());
        await Bounded.UntilAsync(() => server.Server.CallCount == 1, "the first is under way");
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (uint id = 3; id <= (2 * Count) + 1; id += 2)
        {
            raw.Call(id, "Say", new Note());
        }

        await Bounded.UntilAsync(() => server.Server.CallCount == Count + 1, "all are under way");
        Assert.That((GC.GetTotalMemory(forceFullCollection: true) - before) / Count, Is.LessThan(2048));
        release.SetResult();
    }

    [Test]
    public async Task Connections_OverTheLimit_AreClosedUnreadAndTheOthersServed()
    {
        await using EchoServer server = new(options => options.MaxConnections = 1);
        Echo.EchoClient client = await server.ClientAsync();
        await client.SayAsync(new Note()).ResponseAsync.Soon();
        using (RawClient raw = server.Raw())
        {
            Assert.That(raw.IsClosedByServer());
        }

        await client.SayAsync(new Note()).ResponseAsync.Soon();
        Assert.That(server.Faults.Single().Reason, Does.Contain("more than 1 connections"));
    }

    [Test]
    public async Task TwoHundredConnections_AreServedAtOnceAndLeaveNothingBehind()
    {
        await using EchoServer server = new();
        TtrpcChannel[] channels = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => TtrpcChannel.ConnectAsync(server.Path).AsTask())).Soon();

        await Task.WhenAll(channels.Select(channel => new Echo.EchoClient(channel).SayAsync(new Note()).ResponseAsync)).Soon();

        Assert.That(server.Server.ConnectionCount, Is.EqualTo(200));
        await Task.WhenAll(channels.Select(channel => channel.DisposeAsync().AsTask())).Soon();
        await Bounded.UntilAsync(() => server.Server.ConnectionCount == 0, "all connections are gone");
    }

    [TestCase(new byte[] { 0, 0, 0, 9, 0, 0 }, TestName = "PartialHeader_IsEndedByTheFrameTimeout")]
    [TestCase(new byte[] { 0, 0, 0, 9, 0, 0, 0, 1, 1, 0, 1, 2 }, TestName = "PartialBody_IsEndedByTheFrameTimeout")]
    [TestCase(new byte[] { 0, 0x50, 0, 0, 0, 0, 0, 1, 1, 0, 1, 2 }, TestName = "OversizedBodyThatDoesNotCome_IsEndedByTheFrameTimeout")]
    public async Task PartialFrame_IsEndedByTheFrameTimeout(byte[] bytes)
    {
        WatchingTimeProvider clock = new();
        await using EchoServer server = new(options => options.TimeProvider = clock);
        using RawClient raw = server.Raw();
        raw.Send(bytes);
        await clock.TimerArmed.Task.Soon();

        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.That(server.Server.ConnectionCount, Is.EqualTo(1));
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.That(raw.IsClosedByServer());
        await Bounded.UntilAsync(() => server.Faults.Any(fault => fault.Exception is TimeoutException), "the fault is told");
    }

    [Test]
    public async Task IdleConnection_IsNotEndedByTheFrameTimeout()
    {
        FakeTimeProvider clock = new();
        await using EchoServer server = new(options => options.TimeProvider = clock);
        Echo.EchoClient client = await server.ClientAsync();
        await client.SayAsync(new Note()).ResponseAsync.Soon();
        clock.Advance(TimeSpan.FromDays(1));

        await client.SayAsync(new Note()).ResponseAsync.Soon();
    }

    private sealed class WatchingTimeProvider : FakeTimeProvider
    {
        internal TaskCompletionSource TimerArmed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new WatchedTimer(base.CreateTimer(callback, state, dueTime, period), TimerArmed);
    }

    private sealed class WatchedTimer(ITimer timer, TaskCompletionSource armed) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool changed = timer.Change(dueTime, period);
            if (dueTime > TimeSpan.Zero)
            {
                armed.TrySetResult();
            }

            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
