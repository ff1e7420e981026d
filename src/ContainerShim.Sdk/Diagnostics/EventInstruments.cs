using System.Diagnostics.Metrics;
using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>What is counted as events come and go.</summary>
internal sealed class EventInstruments(Meter meter)
{
    private const string TopicTag = "containershim.event.topic";
    private const string DropTag = "containershim.event.drop.reason";
    private const string KindTag = "containershim.process.kind";
    private const string ReasonTag = "containershim.exit.reason";

    private readonly Counter<long> _exits = meter.CreateCounter<long>("containershim.exits", "{exit}", "Processes that ended.");
    private readonly Counter<long> _oomKills = meter.CreateCounter<long>("containershim.oom_events", "{event}", "Times that the kernel's OOM killer struck a container.");
    private readonly Counter<long> _published = meter.CreateCounter<long>("containershim.events.published", "{event}", "Events that their receiver acknowledged.");
    private readonly Counter<long> _retries = meter.CreateCounter<long>("containershim.events.retries", "{attempt}", "Attempts to deliver an event that failed and are made again.");
    private readonly Counter<long> _dropped = meter.CreateCounter<long>("containershim.events.dropped", "{event}", "Events that are never delivered.");

    public void Happened(ShimEvent shimEvent)
    {
        switch (shimEvent)
        {
            case TaskExitedEvent e:
                Unfailing.Count(
                    _exits,
                    new(KindTag, e.ProcessId == e.ContainerId ? ProcessKinds.Init : ProcessKinds.Exec),
                    new(ReasonTag, e.Exit.ExitCode switch { 0 => "success", > 128 => "signal", _ => "failure" }));
                break;
            case TaskOomEvent:
                Unfailing.Count(_oomKills);
                break;
        }
    }

    public void Published(ShimEvent shimEvent) => Unfailing.Count(_published, new KeyValuePair<string, object?>(TopicTag, shimEvent.Topic));

    public void Retried(ShimEvent shimEvent) => Unfailing.Count(_retries, new KeyValuePair<string, object?>(TopicTag, shimEvent.Topic));

    public void Rejected(ShimEvent shimEvent) => Drop(shimEvent, "rejected");

    public void GivenUp(ShimEvent shimEvent) => Drop(shimEvent, "capacity");

    private void Drop(ShimEvent shimEvent, string reason) => Unfailing.Count(_dropped, new(TopicTag, shimEvent.Topic), new(DropTag, reason));
}
