using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Testing.InMemory;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Testing.Tests.InMemory;

internal sealed class InMemoryProcessTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly InMemoryHost _host;

    public InMemoryProcessTests() => _host = new InMemoryHost(_time);

    [Test]
    public void Pids_AreAboveThoseOfLinux() => Assert.That(_host.Run(ProcessScript.Runs).Pid, Is.GreaterThan(1 << 22));

    [Test]
    public async Task RunsFor_ByTheClockOfTheHost_EndsAtThatTime()
    {
        InMemoryProcess process = _host.Run(ProcessScript.Exits(4, after: TimeSpan.FromHours(1)));
        using IProcessWatch watch = _host.Monitor.Watch(process.Pid);

        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.That(process.IsAlive);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.That((await watch.Exited.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode, Is.EqualTo(4));
    }

    [Test]
    public async Task RunsFor_ClockAdvancedRightAfterTheStart_Ends([Values("", "text")] string output)
    {
        ProcessScript script = ProcessScript.Prints(output) with { RunsFor = TimeSpan.FromHours(1) };
        InMemoryProcess[] processes = [.. Enumerable.Range(0, 50).Select(_ => _host.Run(script))];

        _time.Advance(TimeSpan.FromHours(1));

        foreach (InMemoryProcess process in processes)
        {
            using IProcessWatch watch = _host.Monitor.Watch(process.Pid);
            Assert.That((await watch.Exited.WaitAsync(TimeSpan.FromSeconds(10))).ExitCode, Is.Zero);
        }
    }

    [Test]
    public void Kill_IgnoredSignal_IsRecordedAndEndsNothing()
    {
        InMemoryProcess process = _host.Run(new ProcessScript { IgnoredSignals = [15] });

        process.Kill(15);

        Assert.That(process.IsAlive);
        Assert.That(process.Signals, Is.EqualTo(new[] { 15 }));
    }

    [Test]
    public void Kill_HandledSignal_EndsWithTheStatusOfTheHandler()
    {
        InMemoryProcess process = _host.Run(new ProcessScript { HandledSignals = new Dictionary<int, int> { [15] = 0 } });

        process.Kill(15);

        Assert.That(process.Exit?.ExitCode, Is.Zero);
    }

    [Test]
    public void Kill_StuckProcess_EndsItOnceItIsUnstuck()
    {
        InMemoryProcess process = _host.Run(new ProcessScript { IsStuck = true });

        process.Kill(9);
        Assert.That(process.IsAlive);
        process.Unstick();

        Assert.That(process.Exit?.ExitCode, Is.EqualTo(137));
    }

    [Test]
    public void End_Twice_KeepsTheFirstStatus()
    {
        InMemoryProcess process = _host.Run(ProcessScript.Runs);

        process.End(1);
        process.End(2);

        Assert.That(process.Exit?.ExitCode, Is.EqualTo(1));
    }
}
