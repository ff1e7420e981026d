using ContainerShim.Sdk.Ttrpc.Tests.Protos;
using ContainerShim.Sdk.Ttrpc.Tests.Support;
using Google.Protobuf;

namespace ContainerShim.Sdk.Ttrpc.Tests;

/// <summary>Peers that do not read must cost memory and time of nobody but themselves (ttrpc#72, #168, #229).</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class BackpressureTests(bool ownThread)
{
    private readonly TtrpcChannelOptions _options = new() { ReadsOnOwnThread = ownThread };

    [Test]
    public async Task PeerThatReadsNothing_IsNotReadFromEither_AndIsServedWhenItReads()
    {
        const int Calls = 200;
        await using EchoServer server = new();
        byte[] data = new byte[1 << 20];
        server.Service.OnSay = (note, _) => Task.FromResult(new Note { Number = note.Number, Data = ByteString.CopyFrom(data) });
        using RawClient raw = server.Raw();
        int served = 0;
        server.Service.OnSay = (note, _) =>
        {
            Interlocked.Increment(ref served);
            return Task.FromResult(new Note { Number = note.Number, Data = ByteString.CopyFrom(data) });
        };
        for (uint i = 0; i < Calls; i++)
        {
            raw.Call((2 * i) + 1, "Say", new Note { Number = i });
        }

        await Bounded.UntilAsync(() => Volatile.Read(ref served) > 8, "calls are served until too much is unsent");
        await (await server.ClientAsync(_options)).SayAsync(new Note()).ResponseAsync.Soon();
        Assert.That(Volatile.Read(ref served), Is.LessThan(Calls), "the rest is left unread");

        HashSet<uint> answered = [];
        for (int i = 0; i < Calls; i++)
        {
            answered.Add(raw.ReceiveResponse().StreamId);
        }

        Assert.That(answered, Has.Count.EqualTo(Calls));
    }

    [Test]
    public async Task StreamWriter_ToAPeerThatReadsNothing_WaitsAndEndsWithTheConnection()
    {
        await using EchoServer server = new();
        TaskCompletionSource<Exception> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long written = 0;
        server.Service.OnCount = async (_, responses, _) =>
        {
            try
            {
                while (true)
                {
                    await responses.WriteAsync(new Note { Data = ByteString.CopyFrom(new byte[100_000]) });
                    Interlocked.Increment(ref written);
                }
            }
            catch (Exception e)
            {
                ended.SetResult(e);
            }
        };
        using (RawClient raw = server.Raw())
        {
            raw.Call(1, "Count", new Note(), flags: 1);
            await Bounded.UntilAsync(() => Interlocked.Read(ref written) > 0, "the stream has begun");
            await (await server.ClientAsync(_options)).SayAsync(new Note()).ResponseAsync.Soon();
        }

        Assert.That(await ended.Task.Soon(), Is.InstanceOf<IOException>().Or.InstanceOf<OperationCanceledException>());
        Assert.That(Interlocked.Read(ref written), Is.LessThan(100));
    }

    [Test]
    public async Task BothSides_FloodingEachOther_DoNotDeadlock()
    {
        await using EchoServer server = new();
        Echo.EchoClient client = await server.ClientAsync(_options);
        Note note = new() { Data = ByteString.CopyFrom(new byte[300_000]) };

        Note[] answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.SayAsync(note).ResponseAsync)).Soon();

        Assert.That(answers, Is.All.EqualTo(note));
    }
}
