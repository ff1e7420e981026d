using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Reaper;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Reaper;

internal sealed class ReaperConnectionTests
{
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
