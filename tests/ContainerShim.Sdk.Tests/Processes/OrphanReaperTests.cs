using System.Globalization;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Processes;

/// <summary>The test's process becomes a subreaper; scans are driven by a fake clock.</summary>
[NonParallelizable]
internal sealed class OrphanReaperTests
{
    private readonly FakeTimeProvider _time = new();
    private OsFixture _os = null!;
    private OrphanReaper _reaper = null!;

    [SetUp]
    public void Start()
    {
        Libc.ProcessControl(36, 1);
        _os = new OsFixture();
        _reaper = new OrphanReaper(_os.Reactor, new OwnZombies(), _os.Monitor, _time, NullLogger.Instance, OrphanReaper.SharedMinimumAge);
    }

    [TearDown]
    public void Stop()
    {
        _reaper.Dispose();
        _os.Dispose();
        Libc.ProcessControl(36, 0);
    }

    [Test]
    public async Task Orphan_SeenTwice_IsCollected()
    {
        int pid = await MakeZombieAsync();
        using IDisposable close = _reaper.Expect();
        await AdvanceAsync(250);
        await AdvanceAsync(250);
        Assert.That(OsFixture.StateOf(pid), Is.EqualTo('Z'), "collected before it was old enough");
        await AdvanceAsync(250);
        await AdvanceAsync(250);
        Assert.That(OsFixture.StateOf(pid), Is.Null);
    }

    [Test]
    public async Task Orphan_WithoutCloseWatching_IsCollectedWithinTwoIdleScans()
    {
        int pid = await MakeZombieAsync();
        await AdvanceAsync(5000);
        await AdvanceAsync(5000);
        Assert.That(OsFixture.StateOf(pid), Is.Null);
    }

    [Test]
    public async Task Child_MadeUnderAHold_IsLeftUntilTheHoldEndsAndItsWatchGetsTheStatus()
    {
        using IDisposable close = _reaper.Expect();
        IDisposable hold = _reaper.Hold();
        int pid = await MakeZombieAsync();
        for (int i = 0; i < 20; i++)
        {
            await AdvanceAsync(250);
        }

        Assert.That(OsFixture.StateOf(pid), Is.EqualTo('Z'));
        using IProcessWatch watch = _os.Monitor.Watch(pid);
        hold.Dispose();
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(5));
    }

    [Test]
    public async Task Orphan_SeenBeforeAHoldBegan_IsCollectedDuringTheHold()
    {
        using IDisposable close = _reaper.Expect();
        int pid = await MakeZombieAsync();
        await AdvanceAsync(250);
        using IDisposable hold = _reaper.Hold();
        await AdvanceAsync(250);
        await AdvanceAsync(250);
        await AdvanceAsync(250);
        Assert.That(OsFixture.StateOf(pid), Is.Null);
    }

    [Test]
    public async Task Child_ClaimedAsForeign_IsNeverCollected()
    {
        int pid = await MakeZombieAsync();
        using OrphanReaper reaper = new(_os.Reactor, new OwnZombies(), _os.Monitor, _time, NullLogger.Instance, TimeSpan.Zero, candidate => candidate == pid);
        _reaper.Dispose();
        using IDisposable close = reaper.Expect();
        for (int i = 0; i < 20; i++)
        {
            await AdvanceAsync(250);
        }

        Assert.That(OsFixture.StateOf(pid), Is.EqualTo('Z'));
        using IProcessWatch watch = _os.Monitor.Watch(pid);
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(5));
    }

    [TestCase(false, 'Z')]
    [TestCase(true, null)]
    public async Task Zombie_InTheSessionOfTheHost_IsLeftToTheHost(bool hasOwnSession, char? state)
    {
        using OrphanReaper reaper = new(_os.Reactor, new OwnZombies(), _os.Monitor, _time, NullLogger.Instance, OrphanReaper.SharedMinimumAge, HostSession.Includes);
        _reaper.Dispose();
        int pid = await MakeZombieAsync(hasOwnSession ? "setsid " : "");
        using IDisposable close = reaper.Expect();
        for (int i = 0; i < 20; i++)
        {
            await AdvanceAsync(250);
        }

        Assert.That(OsFixture.StateOf(pid), Is.EqualTo(state));
        Libc.WaitId(WaitTarget.Pid, pid, WaitOptions.Collect, out _);
    }

    [Test]
    public async Task Orphan_OfASpawnedGroup_IsInASessionOfItsOwnWhereThatIsAsked([Values] bool groupsAreSessions)
    {
        PosixSpawner spawner = new(_os.Monitor, groupsAreSessions);
        using IProcessWatch leader = spawner.Spawn(OsFixture.Shell("sleep 1000") with { NewProcessGroup = true });
        Assert.That((HostSession.Includes(leader.Pid), Libc.SessionOf(leader.Pid) == leader.Pid), Is.EqualTo((!groupsAreSessions, groupsAreSessions)));
        ((IProcessGroupWatch)leader).SignalGroup(9);
        Assert.That((await leader.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        Assert.That(HostSession.Includes(leader.Pid), Is.False, "gone");
    }

    /// <summary>A daemon that lost its parent, became our child and ended with code 5.</summary>
    private async Task<int> MakeZombieAsync(string starter = "")
    {
        int pid = int.Parse(await _os.ReadShellAsync(starter + "sh -c 'while test -d /proc/'$$'; do :; done; exit 5' >/dev/null & echo $!"), CultureInfo.InvariantCulture);
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is 'Z');
        return pid;
    }

    private async Task AdvanceAsync(int milliseconds)
    {
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _os.Reactor.Post(done.SetResult);
        await done.Task.WaitAsync(OsFixture.Bound);
    }
}
