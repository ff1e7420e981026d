using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Tests;

/// <summary>A channel that reads on a thread of its own. What it has in common with others is in <see cref="ChannelTests"/>.</summary>
public sealed class OwnThreadTests
{
    private readonly TtrpcChannelOptions _options = new() { ReadsOnOwnThread = true };

    [Test]
    public async Task Calls_OneAfterTheOther_AllGoOnOnTheOneThreadThatReads()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync(_options);
        server.Service.OnSay = SlowFirstAsync;
        Thread thread = await ThreadOfAsync(client).ConfigureAwait(false);

        // More than what is read in a row before a thread of the pool looks after others.
        for (int i = 0; i < 200; i++)
        {
            Note answer = await client.SayAsync(new Note { Number = i }).ConfigureAwait(false);
            Assert.That((answer.Number, Thread.CurrentThread), Is.EqualTo((i, thread)));
        }

        Assert.That(thread.IsThreadPoolThread, Is.False);
        await Task.Yield();
    }

    [Test]
    public async Task Failure_OnTheThreadThatReads_MayDisposeOfTheChannel()
    {
        await using EchoServer server = new();
        server.Service.OnSay = static (_, _) => throw new RpcException(new Status(StatusCode.Aborted, "no"));
        TtrpcChannel channel = await server.ConnectAsync(_options);

        await Rpc.FailsAsync(new Echo.EchoClient(channel).SayAsync(new Note()).ResponseAsync, StatusCode.Aborted);
        await channel.DisposeAsync().AsTask().Soon();
    }

    [Test]
    public async Task Dispose_WhileItWaitsForAnAnswer_EndsTheThread()
    {
        await using EchoServer server = new();
        server.Service.OnSay = SlowFirstAsync;
        TtrpcChannel channel = await server.ConnectAsync(_options);
        Echo.EchoClient client = new(channel);
        Thread thread = await ThreadOfAsync(client);
        server.Service.OnSay = static async (note, context) =>
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return note;
        };
        AsyncUnaryCall<Note> call = client.SayAsync(new Note());

        await channel.DisposeAsync().AsTask().Soon();
        await Rpc.FailsAsync(call.ResponseAsync, StatusCode.Unavailable, "ttrpc: closed");
        Assert.That(thread.Join(TimeSpan.FromSeconds(10)), Is.True);
    }

    /// <summary>An answer that is there before it is awaited changes no thread.</summary>
    private static async Task<Note> SlowFirstAsync(Note note, ServerCallContext context)
    {
        await Task.Delay(note.Text == "slow" ? 200 : 0, context.CancellationToken);
        return note;
    }

    private static async Task<Thread> ThreadOfAsync(Echo.EchoClient client)
    {
        await client.SayAsync(new Note { Text = "slow" }).ConfigureAwait(false);
        return Thread.CurrentThread;
    }
}
