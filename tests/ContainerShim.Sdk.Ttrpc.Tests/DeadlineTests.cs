using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Ttrpc.Tests;

public sealed class DeadlineTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Test]
    public async Task Client_WhenTheDeadlinePasses_FailsWithoutTheServer()
    {
        await using EchoServer server = new();
        server.Service.OnSay = async (note, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return note;
        };
        FakeTimeProvider clock = new();
        Echo.EchoClient client = await server.ClientAsync(new TtrpcChannelOptions { TimeProvider = clock });
        AsyncUnaryCall<Note> call = client.SayAsync(new Note(), deadline: (clock.GetUtcNow() + Minute).UtcDateTime);

        clock.Advance(Minute - TimeSpan.FromSeconds(1));
        Assert.That(call.ResponseAsync.IsCompleted, Is.False);
        clock.Advance(TimeSpan.FromSeconds(1));

        await Rpc.FailsAsync(call.ResponseAsync, StatusCode.DeadlineExceeded, "context deadline exceeded");
        Assert.That(call.GetStatus().StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
    }

    [Test]
    public async Task Client_WithADeadlineInThePast_FailsAtOnceAndSendsNothing()
    {
        await using EchoServer server = new();
        bool called = false;
        server.Service.OnSay = (note, _) =>
        {
            called = true;
            return Task.FromResult(note);
        };
        Echo.EchoClient client = await server.ClientAsync();

        await Rpc.FailsAsync(client.SayAsync(new Note(), deadline: DateTime.UnixEpoch).ResponseAsync, StatusCode.DeadlineExceeded);
        server.Service.OnSay = (note, _) => Task.FromResult(note);
        await client.SayAsync(new Note()).ResponseAsync.Soon();
        Assert.That(called, Is.False);
    }

    [Test]
    public async Task Server_WhenTheDeadlinePasses_CancelsTheHandlerAndAnswersDeadlineExceeded()
    {
        FakeTimeProvider clock = new();
        await using EchoServer server = new(options => options.TimeProvider = clock);
        TaskCompletionSource<CancellationToken> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSay = async (note, context) =>
        {
            started.SetResult(context.CancellationToken);
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return note;
        };
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 0, RawClient.Request(RawClient.EchoName, "Say", [], timeout: 2_000_000_000));
        CancellationToken token = await started.Task.Soon();

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(token.IsCancellationRequested, Is.False);
        clock.Advance(TimeSpan.FromSeconds(1));

        RawResponse response = raw.ReceiveResponse();
        Assert.That((response.Code, response.Message), Is.EqualTo((StatusCode.DeadlineExceeded, "context deadline exceeded")));
    }

    [Test]
    public async Task Server_OfACallWithATimeout_TellsItsDeadline()
    {
        FakeTimeProvider clock = new();
        await using EchoServer server = new(options => options.TimeProvider = clock);
        DateTime deadline = default;
        server.Service.OnSay = (note, context) =>
        {
            deadline = context.Deadline;
            return Task.FromResult(note);
        };
        Echo.EchoClient client = await server.ClientAsync(new TtrpcChannelOptions { TimeProvider = clock });

        await client.SayAsync(new Note(), deadline: (clock.GetUtcNow() + Minute).UtcDateTime).ResponseAsync.Soon();

        Assert.That(deadline, Is.EqualTo((clock.GetUtcNow() + Minute).UtcDateTime));
    }

    [TestCase(-1L)]
    [TestCase(long.MinValue)]
    public async Task Server_OfACallWithANegativeTimeout_HandsOverACancelledToken(long nanoseconds)
    {
        await using EchoServer server = new();
        server.Service.OnSay = async (note, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return note;
        };
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 0, RawClient.Request(RawClient.EchoName, "Say", [], nanoseconds));

        Assert.That(raw.ReceiveResponse().Code, Is.EqualTo(StatusCode.DeadlineExceeded));
    }

    [Test]
    public async Task Server_OfACallWithTheLongestTimeout_ServesIt()
    {
        await using EchoServer server = new();
        CancellationToken token = new(canceled: true);
        DateTime deadline = default;
        server.Service.OnSay = (note, context) =>
        {
            (token, deadline) = (context.CancellationToken, context.Deadline);
            return Task.FromResult(note);
        };
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 0, RawClient.Request(RawClient.EchoName, "Say", [], long.MaxValue));

        Assert.That(raw.ReceiveResponse().Code, Is.EqualTo(StatusCode.OK));
        Assert.That(token.IsCancellationRequested, Is.False);
        Assert.That(deadline.Year, Is.GreaterThan(2200));
    }

    [Test]
    public async Task Stream_WhenTheDeadlinePasses_EndsAReaderThatPassedNoToken()
    {
        FakeTimeProvider clock = new();
        await using EchoServer server = new(options => options.TimeProvider = clock);
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Service.OnSum = async (requests, _) =>
        {
            started.SetResult();
            await requests.MoveNext(CancellationToken.None);
            return new Note();
        };
        Echo.EchoClient client = await server.ClientAsync();
        using RawClient raw = server.Raw();
        raw.SendFrame(1, 1, 2, RawClient.Request(RawClient.EchoName, "Sum", [], 1_000_000_000));
        await started.Task.Soon();
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.That(raw.ReceiveResponse().Code, Is.EqualTo(StatusCode.DeadlineExceeded));
    }
}
