using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Testing.Events;

namespace ContainerShim.Sdk.Tests.Monitoring;

internal sealed class EventRulesTests
{
    private static readonly DateTimeOffset _time = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ShimEvent[] _good =
    [
        Created(1), new TaskStartedEvent("c", 1), new ExecAddedEvent("c", "e"), new ExecStartedEvent("c", "e", 2),
        Exited("e", 2), new TaskOomEvent("c"), Exited("c", 1), new TaskDeletedEvent("c") { Pid = 1, ExitCode = 0, ExitedAt = _time },
    ];

    private static IEnumerable<TestCaseData> Breaches()
    {
        yield return Case("P1", Created(1), Created(1));
        yield return Case("P1", Created(1), new TaskStartedEvent("c", 1), new TaskStartedEvent("c", 1));
        yield return Case("P1", Created(1), Exited("c", 1), Exited("c", 1));
        yield return Case("P2", Created(1), new ExecAddedEvent("c", "e"), Exited("e", 2), new ExecStartedEvent("c", "e", 2));
        yield return Case("P3", new TaskStartedEvent("c", 1));
        yield return Case("P3", Created(1), new ExecStartedEvent("c", "e", 2));
        yield return Case("P3", Created(1), new TaskDeletedEvent("c") { Pid = 1, ExitCode = 0 });
        yield return Case("P3", Created(1), Exited("c", 1), new TaskDeletedEvent("c") { Pid = 1, ExitCode = 0, ExitedAt = _time }, new TaskOomEvent("c"));
        yield return Case("P4", Created(1), new ExecAddedEvent("c", "e"), new ExecStartedEvent("c", "e", 2), Exited("c", 1));
        yield return Case("P4", Created(1), Exited("c", 1), new TaskOomEvent("c"));
        yield return Case("P4", Created(1), Exited("c", 1), new TaskStartedEvent("c", 1));
        yield return Case("P6", Created(1), Exited("c", 1), new TaskDeletedEvent("c") { Pid = 1, ExitCode = 1, ExitedAt = _time });
        yield return Case("P12", Created(0));
        yield return Case("P12", Created(1), new TaskStartedEvent("c", 3));

        static TestCaseData Case(string rule, params ShimEvent[] events) =>
            new TestCaseData(rule, events).SetArgDisplayNames(rule, string.Join(' ', events.Select(e => e.Topic)));
    }

    [Test]
    public void Add_WholeLife_HasNoViolation()
    {
        EventRules monitor = Watched(_good);

        monitor.Died(1, 0);
        monitor.Died(2, 0);
        monitor.Answered("Wait", 1, 0, _time);
        monitor.StartsSucceeded(new HashSet<int> { 1, 2 });

        Assert.That(monitor.Violations, Is.Empty);
    }

    [TestCaseSource(nameof(Breaches))]
    public void Add_Breach_NamesTheRule(string rule, ShimEvent[] events)
    {
        EventRules monitor = Watched(events);

        Assert.That(monitor.Violations, Has.Some.StartsWith(rule + ":"));
    }

    [Test]
    public void Add_SequenceGoesBackOrSkips_IsP9()
    {
        EventRules monitor = new();
        monitor.Add(new EventEnvelope { Sequence = 1, Timestamp = _time, ContainerdNamespace = "ns", Event = Created(1) });

        monitor.Add(new EventEnvelope { Sequence = 3, Timestamp = _time, ContainerdNamespace = "ns", Event = new TaskOomEvent("c") });
        monitor.Add(new EventEnvelope { Sequence = 2, Timestamp = _time, ContainerdNamespace = "ns", Event = new TaskOomEvent("c") });

        Assert.That(monitor.Violations, Has.Exactly(3).StartsWith("P9:"));
    }

    [Test]
    public void Died_NotTold_IsP5()
    {
        EventRules monitor = Watched(Created(1), new TaskStartedEvent("c", 1));

        monitor.Died(1, 0);

        Assert.That(monitor.Violations, Has.Exactly(1).StartsWith("P5:"));
    }

    [Test]
    public void Died_OtherStatus_IsP7()
    {
        EventRules monitor = Watched(_good);

        monitor.Died(1, 137);

        Assert.That(monitor.Violations, Has.Exactly(1).StartsWith("P7:"));
    }

    [Test]
    public void Answered_OtherTime_IsP6()
    {
        EventRules monitor = Watched(_good);

        monitor.Answered("Wait", 1, 0, _time.AddTicks(1));

        Assert.That(monitor.Violations, Has.Exactly(1).StartsWith("P6:"));
    }

    [Test]
    public void StartsSucceeded_ToldStartHadFailed_IsP8()
    {
        EventRules monitor = Watched(_good);

        monitor.StartsSucceeded(new HashSet<int> { 1 });

        Assert.That(monitor.Violations, Has.Exactly(1).StartsWith("P8:"));
    }

    private static EventRules Watched(params ShimEvent[] events)
    {
        EventRules monitor = new();
        for (int i = 0; i < events.Length; i++)
        {
            monitor.Add(new EventEnvelope { Sequence = i + 1, Timestamp = _time, ContainerdNamespace = "ns", Event = events[i] });
        }

        return monitor;
    }

    private static TaskCreatedEvent Created(int pid) => new("c") { Bundle = "/b", Pid = pid };

    private static TaskExitedEvent Exited(string processId, int pid) => new("c", processId, new ProcessExit(pid, 0, _time));
}
