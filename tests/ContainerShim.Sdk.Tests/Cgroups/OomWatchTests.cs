using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>The order of looks at a counter that a test moves.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OomWatchTests
{
    private readonly ManualReactor _reactor = new();
    private readonly FakeTimeProvider _time = new();
    private readonly List<long> _reports = [];

    [Test]
    public void OnChange_KernelNotifiesBeforeItKills_LooksAgainUntilTheKill()
    {
        ScriptedSource source = new() { Early = true };
        using OomWatch watch = Begin(source);
        source.OnChange!();
        Advance(TimeSpan.FromMilliseconds(100));
        Assert.That(_reports, Is.Empty);
        source.Kills = 1;
        Advance(TimeSpan.FromMilliseconds(300));
        Assert.That(_reports, Is.EqualTo(new long[] { 1 }));
    }

    [Test]
    public void OnChange_SecondKillInOneNotification_IsReportedToo()
    {
        ScriptedSource source = new() { Early = true };
        using OomWatch watch = Begin(source);
        source.Kills = 1;
        source.OnChange!();
        source.Kills = 2;
        Advance(TimeSpan.FromMilliseconds(10));
        Assert.That(_reports, Is.EqualTo(new long[] { 1, 2 }));
    }

    [Test]
    public void OnChange_NothingWasKilled_StopsLookingAfterSeconds()
    {
        ScriptedSource source = new() { Early = true };
        using OomWatch watch = Begin(source);
        source.OnChange!();
        Advance(TimeSpan.FromSeconds(10));
        int looks = source.Looks;
        Advance(TimeSpan.FromMinutes(10));
        Assert.That(source.Looks, Is.EqualTo(looks));
        Assert.That(looks, Is.InRange(5, 20));
    }

    [Test]
    public void Begin_KernelCannotNotify_LooksEverySecond()
    {
        ScriptedSource source = new() { Refuses = true };
        using OomWatch watch = Begin(source);
        source.Kills = 3;
        Advance(TimeSpan.FromSeconds(1.5));
        source.Kills = 4;
        Advance(TimeSpan.FromMinutes(1));
        Assert.That(_reports, Is.EqualTo(new long[] { 3, 4 }));
        watch.Dispose();
        source.Kills = 5;
        Advance(TimeSpan.FromMinutes(1));
        Assert.That(_reports, Has.Count.EqualTo(2));
    }

    [Test]
    public void OnChange_CgroupGone_EndsTheWatchAndTheSubscription()
    {
        ScriptedSource source = new();
        using OomWatch watch = Begin(source);
        source.Gone = true;
        source.OnChange!();
        Assert.That(watch.IsOver, Is.True);
        Assert.That(source.OnChange, Is.Null);
        Assert.That(_reports, Is.Empty);
    }

    private OomWatch Begin(ScriptedSource source)
    {
        CgroupHost host = new(new HostFiles(), _reactor, new InotifyHub(_reactor), _time, NullLogger.Instance);
        OomWatch watch = new(host, source, _reports.Add);
        watch.Begin();
        _reactor.RunPosted();
        return watch;
    }

    private void Advance(TimeSpan time)
    {
        for (TimeSpan step = TimeSpan.FromMilliseconds(time.TotalMilliseconds / 100), passed = TimeSpan.Zero; passed < time; passed += step)
        {
            _time.Advance(step);
            _reactor.RunPosted();
        }
    }

    private sealed class ScriptedSource : OomSource
    {
        internal bool Early { get; init; }

        internal bool Refuses { get; init; }

        internal long Kills { get; set; }

        internal bool Gone { get; set; }

        internal int Looks { get; private set; }

        internal Action? OnChange { get; private set; }

        internal override bool NotifiesEarly => Early;

        internal override IDisposable Subscribe(Action onChange)
        {
            OnChange = Refuses ? throw new IOException("inotify_init1: too many open files") : onChange;
            return new Subscription(this);
        }

        protected override long? Count(long last)
        {
            Looks++;
            return Gone ? null : Kills;
        }

        private sealed class Subscription(ScriptedSource source) : IDisposable
        {
            public void Dispose() => source.OnChange = null;
        }
    }
}
