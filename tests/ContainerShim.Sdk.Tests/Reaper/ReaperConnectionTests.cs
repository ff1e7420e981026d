using System.Net.Sockets;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Reaper;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Reaper;

/// <summary>The engine's end of the connection, with a reaper that is slow to read.</summary>
internal sealed class ReaperConnectionTests
{
    [Test]
    public async Task Send_ThatFailsWhenItsTurnComes_IsAnswered()
    {
        using OsFixture os = new();
        using TempDirectory directory = new();
        using Socket listener = new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        UnixDomainSocketEndPoint place = new(directory["socket"]);
        listener.Bind(place);
        listener.Listen();
        using Socket engine = new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        engine.Connect(place);
        using Socket reaper = listener.Accept();
        using ReaperConnection connection = new(os.Reactor, Libc.Duplicate(engine.SafeHandle), static () => { });
        ReaperRequest small = new() { Operation = ReaperOperation.Collect, Payload = new byte[16 * 1024] };
        for (int i = 0; i < 200; i++)
        {
            connection.Send(small);
        }

        // Longer than a socket takes (EMSGSIZE), which shows only when those before it are gone.
        TaskCompletionSource<ReaperReply> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Send(new ReaperRequest { Operation = ReaperOperation.Collect, Payload = new byte[8 << 20] }, answer.SetResult);
        connection.Send(small with { Pid = 7 });
        Assert.That(answer.Task.IsCompleted, Is.False);
        Task<int> read = Task.Run(() =>
        {
            byte[] packet = new byte[64 * 1024];
            int count = 0;
            for (; BitConverter.ToInt32(packet, 24) != 7; count++)
            {
                reaper.Receive(packet);
            }

            return count;
        });

        const int Emsgsize = 90;
        Assert.That((await answer.Task.WaitAsync(OsFixture.Bound)).Error, Is.EqualTo(Emsgsize));
        Assert.That(await read.WaitAsync(OsFixture.Bound), Is.EqualTo(201), "those after it are sent");
    }
}
