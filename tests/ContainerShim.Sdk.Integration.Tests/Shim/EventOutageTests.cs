using System.Diagnostics;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>The receiver of the events is away or does not answer. containerd's own shim has lost everything after 45 s.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class EventOutageTests : ShimFixture
{
    private RawTask _task = null!;

    private RawShim _shim = null!;

    [SetUp]
    public async Task RunContainer()
    {
        HearsPromptly = false;
        TestBundle bundle = Site.NewBundle();
        _shim = await Site.StartShimAsync(bundle);
        _task = await _shim.RunAsync(bundle);
    }

    [Test]
    public async Task Exits_DuringAMinuteWithoutReceiver_ArriveAfterwardsInOrderAndOnce()
    {
        TimeSpan outage = TimeSpan.FromSeconds(60);
        TimeSpan usual = await MedianCallAsync(10, "before");
        await Events.AwayAsync();
        long away = Stopwatch.GetTimestamp();

        TimeSpan meanwhile = await MedianCallAsync(50, "away");
        await Task.Delay(outage - Stopwatch.GetElapsedTime(away));
        Events.Back();
        long back = Stopwatch.GetTimestamp();

        await Events.ExitAsync(_task.Id, "away-49");
        Assert.That(Stopwatch.GetElapsedTime(back), Is.LessThan(TimeSpan.FromSeconds(1)));
        Assert.That(Exits("away"), Is.EqualTo(Enumerable.Range(0, 50).Select(i => $"away-{i}")));
        Assert.That(Events.All().Select(e => e.Envelope.Timestamp.ToDateTime()), Is.Ordered);
        Assert.That(meanwhile, Is.LessThan(2 * usual));
    }

    [Test]
    public async Task Exits_WhileTheReceiverAcceptsButNeverAnswers_ArriveFromALaterOne()
    {
        await Events.AwayAsync();
        Events.Back(answers: false);

        await MedianCallAsync(20, "unheard");
        await Eventually.ShowsAsync(() => Events.Unanswered, count => count > 1, "the first attempt is given up");
        await Events.AwayAsync();
        Events.Back();

        await Events.ExitAsync(_task.Id, "unheard-19");
        Assert.That(Exits("unheard"), Is.EqualTo(Enumerable.Range(0, 20).Select(i => $"unheard-{i}")));
    }

    [Test]
    public async Task Exits_WhileTheReceiverIsRestartedAgainAndAgain_ArriveInOrder()
    {
        Task load = MedianCallAsync(60, "load");
        while (!load.IsCompleted)
        {
            int count = Events.All().Count;
            await Eventually.ShowsAsync(() => Events.All().Count, now => now > count + 10 || load.IsCompleted, "events come");
            await Events.AwayAsync();
            Events.Back();
        }

        await load;
        await Events.ExitAsync(_task.Id, "load-59");
        Assert.That(Exits("load"), Is.EqualTo(Enumerable.Range(0, 60).Select(i => $"load-{i}")));
    }

    private IEnumerable<string> Exits(string prefix) =>
        Events.All().Where(e => e.Message is TaskExit && e.ProcessId.StartsWith(prefix, StringComparison.Ordinal)).Select(e => e.ProcessId);

    /// <summary>Runs execs one after the other; returns the time that half of them did not take.</summary>
    private async Task<TimeSpan> MedianCallAsync(int count, string prefix)
    {
        List<TimeSpan> times = [];
        for (int i = 0; i < count; i++)
        {
            long started = Stopwatch.GetTimestamp();
            Assert.That(await _task.ExecToEndAsync($"{prefix}-{i}", "true"), Is.Zero);
            times.Add(Stopwatch.GetElapsedTime(started));
        }

        return times.Order().ElementAt(count / 2);
    }
}
