using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Reaper;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Tests.Stdio;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Reaper;

/// <summary>The engine's end of the connection.</summary>
internal sealed class ReaperConnectionTests
{
    [Test]
    public async Task Send_ThatFailsWhenItsTurnComes_IsAnswered()
    {
        using TempDirectory directory = new();
        using Reactor reactor = new(NullLogger.Instance);
        using SafeFd listener = Libc.ListenForPackets(directory["socket"]);
        using ReaperConnection connection = new(reactor, Libc.ConnectForPackets(directory["socket"]), static () => { });
        using SafeFd peer = Libc.Accept(listener);
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
                StdioFixture.Read(peer, packet);
            }

            return count;
        });

        const int Emsgsize = 90;
        Assert.That((await answer.Task.WaitAsync(OsFixture.Bound)).Error, Is.EqualTo(Emsgsize));
        Assert.That(await read.WaitAsync(OsFixture.Bound), Is.EqualTo(201), "those after it are sent");
    }

    [Test]
    public async Task Answer_WhoseDescriptorsDoNotAllFit_IsAFailureAndLeavesNoneOpen()
    {
        const int HeadSize = 32;
        const int IdInRequest = 8;
        using TempDirectory directory = new();
        using Reactor reactor = new(NullLogger.Instance);
        using SafeFd listener = Libc.ListenForPackets(directory["socket"]);
        using ReaperConnection connection = new(reactor, Libc.ConnectForPackets(directory["socket"]), static () => { });
        using SafeFd peer = Libc.Accept(listener);
        int before = OsFixture.CountDescriptors();
        TaskCompletionSource<ReaperReply> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Send(new ReaperRequest { Operation = ReaperOperation.Fetch }, answer.SetResult);
        byte[] request = new byte[100], reply = new byte[HeadSize];
        await OsFixture.UntilAsync(() => Libc.Read(peer, request) > 0);
        request.AsSpan(IdInRequest, sizeof(ulong)).CopyTo(reply);

        // As when no descriptor is left: the kernel closes those that it has no place for.
        Assert.That(Libc.SendPacket(peer, reply, [.. Enumerable.Repeat(listener, 40)]), Is.Zero);

        ReaperReply taken = await answer.Task.WaitAsync(OsFixture.Bound);
        Assert.That((taken.Error, taken.Descriptors.Count), Is.EqualTo((Errno.EMFILE, 0)));
        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
    }
}
