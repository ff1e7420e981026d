using System.Diagnostics;
using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

/// <summary>Our client against the Go server in a real containerd.</summary>
[Category("Containerd")]
public sealed class ContainerdTests
{
    private const string Topic = "/tasks/ttrpc-test";

    private Containerd _containerd = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _containerd = await Containerd.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _containerd.DisposeAsync();

    [Test]
    public async Task Forward_OfAValidEnvelope_ReachesSubscribers()
    {
        using Process ctr = _containerd.Ctr("-n", "ttrpc", "events");
        try
        {
            await using TtrpcChannel channel = await TtrpcChannel.ConnectAsync(_containerd.TtrpcAddress);
            Events.EventsClient client = new(channel);
            Task<string?> line = ctr.StandardOutput.ReadLineAsync();

            // The subscription begins at some moment after ctr has started, so the event is sent until it is seen.
            using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(50));
            while (!line.IsCompleted && await timer.WaitForNextTickAsync())
            {
                await client.ForwardAsync(Request("ttrpc")).ResponseAsync.Soon();
            }

            Assert.That(await line.Soon(), Does.Contain(Topic).And.Contain("ttrpc"));
        }
        finally
        {
            ctr.Kill();
            await ctr.WaitForExitAsync().Soon();
        }
    }

    [Test]
    public async Task Forward_WithABadNamespace_IsInvalidArgument()
    {
        await using TtrpcChannel channel = await TtrpcChannel.ConnectAsync(_containerd.TtrpcAddress);
        Events.EventsClient client = new(channel);

        await Rpc.FailsAsync(client.ForwardAsync(Request("not/valid")).ResponseAsync, StatusCode.InvalidArgument);
        await client.ForwardAsync(Request("ttrpc")).ResponseAsync.Soon();
    }

    [Test]
    public async Task Forward_ManyAtOnceWithDeadlineAndMetadata_IsAcceptedEachTime()
    {
        await using TtrpcChannel channel = await TtrpcChannel.ConnectAsync(_containerd.TtrpcAddress);
        Events.EventsClient client = new(channel);
        Metadata metadata = new Metadata { { "containerd-namespace-ttrpc", "ttrpc" } };

        Task[] calls = [.. Enumerable.Range(0, 200).Select(_ =>
            client.ForwardAsync(Request("ttrpc"), metadata, DateTime.UtcNow.AddMinutes(1)).ResponseAsync)];

        await Task.WhenAll(calls).Soon();
        Assert.That(calls, Is.All.Matches<Task>(call => call!.IsCompletedSuccessfully));
    }

    [Test]
    public async Task Call_OfAnUnknownService_FailsWithGosText()
    {
        await using TtrpcChannel channel = await TtrpcChannel.ConnectAsync(_containerd.TtrpcAddress);

        await Rpc.FailsAsync(
            new Echo.EchoClient(channel).SayAsync(new Note()).ResponseAsync, StatusCode.Unimplemented, "service ttrpc.test.v1.Echo");
    }

    [Test]
    public async Task EvenStreamId_IsAnsweredByGoAsByOurs()
    {
        using RawClient go = new(_containerd.TtrpcAddress);
        await using EchoServer server = new();
        using RawClient ours = server.Raw();
        go.SendFrame(2, 1, 0, []);
        ours.SendFrame(2, 1, 0, []);

        RawResponse answer = ours.ReceiveResponse();
        RawResponse expected = go.ReceiveResponse();
        Assert.That((answer.StreamId, answer.Code, answer.Message), Is.EqualTo((expected.StreamId, expected.Code, expected.Message)));
    }

    private static ForwardRequest Request(string ns) => new()
    {
        Envelope = new Envelope
        {
            Timestamp = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow),
            Namespace = ns,
            Topic = Topic,
            Event = new Any { TypeUrl = "containerd.events.TaskPaused", Value = ByteString.CopyFrom(0x0a, 1, (byte)'x') },
        },
    };
}
