using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Processes;

internal sealed class PidfdProcessMonitorTests
{
    [TestCase("exit 0", 0)]
    [TestCase("exit 255", 255)]
    [TestCase("kill -9 $$", 137)]
    [TestCase("kill -15 $$", 143)]
    public async Task Watch_Child_TellsItsExactStatus(string script, int code)
    {
        using OsFixture os = new();
        using IProcessWatch watch = os.StartShell(script);
        ProcessExit exit = await watch.Exited.WaitAsync(OsFixture.Bound);
        Assert.That(exit.ExitCode, Is.EqualTo(code));
        Assert.That(exit.Pid, Is.EqualTo(watch.Pid));
        Assert.That(OsFixture.StateOf(watch.Pid), Is.Null, "the process was not collected");
    }

    [Test]
    public async Task Dispose_WhileSomebodyWaits_TellsThatNoExitWillCome()
    {
        using OsFixture os = new();
        using IProcessWatch watch = os.StartShell("exec sleep 1000");
        Task<ProcessExit> wait = watch.Exited;
        using IProcessWatch second = os.Monitor.Watch(watch.Pid);
        second.Dispose();
        Assert.That(async () => await second.Exited.WaitAsync(OsFixture.Bound), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(wait.IsCompleted, Is.False);

        os.Monitor.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.WaitAsync(OsFixture.Bound));
        Assert.That(() => os.Monitor.Watch(watch.Pid), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(Libc.KillChild(watch.Pid, 9), Is.Zero);
        _ = Libc.WaitId(WaitTarget.Pid, watch.Pid, WaitOptions.Exited, out _);
    }

    [Test]
    public async Task Watch_OneChildSeveralTimes_TellsAllOfThemTheOneStatus()
    {
        using OsFixture os = new();
        int pid = os.Spawner.SpawnUnwatched(OsFixture.Shell("exec sleep 1000"));
        using IProcessWatch first = os.Monitor.Watch(pid);
        using IProcessWatch second = os.Monitor.Watch(pid);
        os.Monitor.Watch(pid).Dispose();

        second.Signal(9);

        ProcessExit[] exits = await Task.WhenAll(first.Exited, second.Exited).WaitAsync(OsFixture.Bound);
        Assert.That(exits.Select(static exit => exit.ExitCode), Is.EqualTo(new[] { 137, 137 }));
    }

    [Test]
    public async Task SpawnUnwatched_ChildThatEndsAtOnce_KeepsItsStatusForTheWatch()
    {
        using OsFixture os = new();
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        int pid = os.Spawner.SpawnUnwatched(OsFixture.Shell("exit 23") with { Stdout = writer });
        writer.Dispose();
        using (reader)
        {
            Assert.That(Libc.Read(reader, new byte[1]), Is.Zero, "it has ended");
        }

        using IProcessWatch watch = os.Monitor.Watch(pid);

        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(23));
    }

    [Test]
    public async Task Watch_ProcessOfAnotherParent_TellsItsStatusWhereTheKernelKeepsIt()
    {
        using OsFixture os = new();
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        (SafeFd gate, SafeFd open) = Libc.Pipe();
        using SafeFd a = reader, b = open;
        using IProcessWatch parent = os.Spawner.Spawn(OsFixture.Shell("sh -c 'read x; exit 37' <&3 & echo $!; wait") with
        {
            Stdout = writer,
            ExtraDescriptors = [gate],
        });
        writer.Dispose();
        gate.Dispose();
        byte[] text = new byte[32];
        int count = Libc.Read(reader, text);
        int pid = int.Parse(System.Text.Encoding.ASCII.GetString(text, 0, count), CultureInfo.InvariantCulture);
        using IProcessWatch watch = os.Monitor.Watch(pid);
        Libc.Write(open, "go\n"u8);
        int expected = os.Monitor.Abilities.HasFlag(ProcessMonitorAbilities.AnyProcess) ? 37 : 255;
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(expected));
        await parent.Exited.WaitAsync(OsFixture.Bound);
    }

    [Test]
    public async Task Watch_WakeUpLost_IsFoundByTheAuditOnly()
    {
        FakeTimeProvider time = new();
        using OsFixture os = new(time);
        TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
        os.Monitor.LosesWakeUp = _ => lost.TrySetResult();
        using IProcessWatch watch = os.StartShell("exit 9");
        await lost.Task.WaitAsync(OsFixture.Bound);
        time.Advance(PidfdProcessMonitor.AuditPeriod - TimeSpan.FromMilliseconds(1));
        Assert.That(watch.Exited.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(9));
    }

    [Test]
    public void Watch_NoSuchProcess_IsNotFound()
    {
        using OsFixture os = new();
        Assert.That(Assert.Throws<ShimException>(() => os.Monitor.Watch(int.MaxValue))!.Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That(Assert.Throws<ShimException>(() => os.Monitor.Watch(0))!.Code, Is.EqualTo(ShimErrorCode.NotFound));
    }

    [Test]
    public async Task Signal_ProcessThatHasEnded_IsNotFound()
    {
        using OsFixture os = new();
        using IProcessWatch watch = os.StartShell("exec sleep 100");
        Assert.That(Assert.Throws<ShimException>(() => watch.Signal(99))!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        watch.Signal(0);
        watch.Signal(9);
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        ShimException exception = Assert.Throws<ShimException>(() => watch.Signal(0))!;
        Assert.That(exception.Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That(exception.Message, Is.EqualTo("process already finished: not found"));
    }

    [Test]
    public async Task Dispose_OfASpawnedChildsWatch_StillCollectsTheChild()
    {
        using OsFixture os = new();
        IProcessWatch watch = os.StartShell("exec sleep 100");
        watch.Dispose();
        watch.Signal(9);
        await OsFixture.UntilAsync(() => OsFixture.StateOf(watch.Pid) is null);
    }

    [Test]
    public void Abilities_OfThisProcess_IncludeChildren()
    {
        using OsFixture os = new();
        Assert.That(os.Monitor.Abilities.HasFlag(ProcessMonitorAbilities.Children));
        Assert.That(os.Monitor.Abilities.HasFlag(ProcessMonitorAbilities.Descendants), Is.EqualTo(ProcessSetup.IsSubreaper()));
    }
}
