using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Reaper;

/// <summary>What the reaper keeps for the next engine, and when it ends.</summary>
internal sealed class ReaperLifeTests
{
    private string _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("reaper-").FullName;

    [TearDown]
    public async Task RemoveDirectory()
    {
        await OsFixture.UntilAsync(() => !File.Exists(Path.Join(_directory, "reaper.sock")));
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task Orphan_ThatEndedBeforeItsWatch_HasItsExactStatus()
    {
        using ReaperFixture reaper = new(_directory);
        int pid = await reaper.MakeOrphanAsync(5);
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is 'Z');
        using IProcessWatch watch = reaper.Monitor.Watch(pid);
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(5));
        Assert.That(OsFixture.StateOf(pid), Is.EqualTo('Z'), "collected before its exit could be recorded");
        watch.Dispose();
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is null);
    }

    [Test]
    public async Task Status_ThatAnEngineReadAndDidNotRecord_IsThereForTheNext()
    {
        using ReaperFixture first = new(_directory);
        int pid = await first.MakeOrphanAsync(7);
        IProcessWatch watch = first.Monitor.Watch(pid);
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(7));
        first.Die();

        using ReaperFixture second = new(_directory);
        using IProcessWatch again = second.Monitor.Watch(pid);
        Assert.That((await again.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(7));
        Assert.That(second.Link.Pid, Is.EqualTo(first.Link.Pid));
    }

    [Test]
    public async Task Zombie_ThatNobodyPinned_IsCollectedWhileNoEngineIsThere()
    {
        ReaperFixture first = new(_directory);
        int pid = await first.MakeOrphanAsync(0);
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is 'Z');
        first.Die();
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is null);
    }

    [Test]
    public async Task Pins_OfAnEarlierEngine_AreForgottenWithTheRest()
    {
        ReaperFixture first = new(_directory);
        int pid = await first.MakeOrphanAsync(0);
        _ = first.Monitor.Watch(pid);
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is 'Z');
        first.Die();
        using ReaperFixture second = new(_directory);
        Assert.That(await ZombiesAsync(second), Does.Not.Contain(pid));
        second.Link.Retain();
        Assert.That(await ZombiesAsync(second), Does.Contain(pid));
    }

    [Test]
    public async Task Watch_DisposedBeforeTheEnd_LeavesTheProcessToWhoeverCollects()
    {
        using ReaperFixture reaper = new(_directory);
        int pid = await reaper.MakeOrphanAsync(0, "exec sleep 60");
        using (IProcessWatch watch = reaper.Monitor.Watch(pid))
        {
            watch.Signal(9);
        }

        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is 'Z');
        Assert.That(await ZombiesAsync(reaper), Does.Contain(pid), "it is an orphan as any other");
        reaper.Die();
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is null);
    }

    [Test]
    public async Task Watch_DisposedWhileAnotherIsThere_LeavesItsStatusToThat()
    {
        using ReaperFixture first = new(_directory);
        int pid = await first.MakeOrphanAsync(9, "exec sleep 60");
        IProcessWatch other = first.Monitor.Watch(pid);
        first.Monitor.Watch(pid).Dispose();
        other.Signal(9);
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is 'Z');
        Assert.That(await ZombiesAsync(first), Does.Not.Contain(pid));
        Assert.That((await other.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        other.Dispose();
    }

    [Test]
    public async Task Retain_OfWhatIsClaimed_LeavesItToALaterEngine()
    {
        ReaperFixture first = new(_directory);
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        first.Link.Keep("other/c", [(StreamKind.Stdout, reader)]);
        first.Link.Keep("none/c", [(StreamKind.Stdout, reader)]);
        int pid = await first.MakeOrphanAsync(5);
        _ = first.Monitor.Watch(pid);
        reader.Dispose();
        first.Die();

        using (ReaperFixture second = new(_directory))
        {
            second.Link.Claim("other/c");
            second.Link.Pin(pid);
            second.Link.Retain();
            Assert.That(await ZombiesAsync(second), Does.Not.Contain(pid));
        }

        using ReaperFixture third = new(_directory);
        using (KeptStreams streams = await third.Link.TakeBackAsync("other/c", CancellationToken.None))
        using (KeptStreams none = await third.Link.TakeBackAsync("none/c", CancellationToken.None))
        {
            using SafeFd? kept = streams.Take(StreamKind.Stdout);
            Assert.That((kept is not null, none.Take(StreamKind.Stdout)), Is.EqualTo((true, (SafeFd?)null)));
        }

        using IProcessWatch watch = third.Monitor.Watch(pid);
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(5));
        third.Link.Drop("other/c", StreamKind.All);
        writer.Dispose();
    }

    [Test]
    public async Task Pipe_ThatIsKept_OutlivesTheEngineWithWhatIsInIt()
    {
        ReaperFixture first = new(_directory);
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        first.Link.Keep("ns/c", [(StreamKind.Stdout, reader)]);
        Libc.Write(writer, "hello"u8);
        await first.ReadShellAsync("true");
        reader.Dispose();
        writer.Dispose();
        first.Die();

        using ReaperFixture second = new(_directory);
        using KeptStreams streams = await second.Link.TakeBackAsync("ns/c", CancellationToken.None);
        using SafeFd again = streams.Take(StreamKind.Stdout)!;
        byte[] buffer = new byte[10];
        Assert.That(Libc.Read(again, buffer), Is.EqualTo(5));
        Assert.That(second.Link.Pid, Is.EqualTo(first.Link.Pid));
        second.Link.Drop("ns/c", StreamKind.All);
        using KeptStreams none = await second.Link.TakeBackAsync("ns/c", CancellationToken.None);
        Assert.That(none.Take(StreamKind.Stdout), Is.Null);
    }

    [Test]
    public async Task Stdin_ThatIsDropped_EndsForItsReader()
    {
        using ReaperFixture reaper = new(_directory);
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        reaper.Link.Keep("k", [(StreamKind.Stdin, writer)]);
        using IProcessWatch watch = reaper.Spawner.Spawn(OsFixture.Shell("read x; exit 4") with { Stdin = reader });
        reader.Dispose();
        writer.Dispose();
        Assert.That(OsFixture.StateOf(watch.Pid), Is.Not.EqualTo('Z'));
        reaper.Link.Drop("k", StreamKind.Stdin);
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(4));
    }

    [TestCase(1)]
    [TestCase(39)]
    [TestCase(100)]
    public async Task Packet_ThatIsNoRequest_DisturbsNobody(int size)
    {
        using ReaperFixture reaper = new(_directory);
        using (SafeFd stranger = Libc.ConnectForPackets(reaper.Socket))
        {
            Assert.That(Libc.SendPacket(stranger, new byte[size], []), Is.Zero);
            byte[] garbage = new byte[5000];
            Random.Shared.NextBytes(garbage);
            _ = Libc.SendPacket(stranger, garbage, [stranger, stranger]);
            using IProcessWatch watch = reaper.StartShell("exit 8");
            Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(8));
        }
    }

    [Test]
    public async Task Reaper_WithALivingChild_WaitsForItsEnd()
    {
        ReaperFixture first = new(_directory);
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        IProcessWatch watch = first.Spawner.Spawn(OsFixture.Shell("read x") with { Stdin = reader });
        reader.Dispose();
        first.Die();
        using (ReaperFixture second = new(_directory))
        {
            Assert.That(second.Link.Pid, Is.EqualTo(first.Link.Pid));
        }

        writer.Dispose();
        await OsFixture.UntilAsync(() => OsFixture.StateOf(watch.Pid) is null);
    }

    private static async Task<IReadOnlyList<int>> ZombiesAsync(ReaperFixture reaper)
    {
        TaskCompletionSource<IReadOnlyList<int>> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        reaper.Link.Find(static _ => false, found.SetResult);
        return await found.Task.WaitAsync(OsFixture.Bound);
    }
}
