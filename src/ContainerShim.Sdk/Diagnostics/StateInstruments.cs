using System.Diagnostics.Metrics;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>What is read off an engine whenever somebody collects: right for one who begins to listen late.</summary>
internal static class StateInstruments
{
    private const string StatusTag = "containershim.status";
    private const string KindTag = "containershim.process.kind";

    public static void Create(Meter meter, ShimTaskService tasks, EventLog events, StreamCounters stdio)
    {
        meter.CreateObservableUpDownCounter(
            "containershim.containers", () => Containers(tasks), "{container}", "Containers that have not been deleted.");
        meter.CreateObservableUpDownCounter("containershim.processes", () => Processes(tasks), "{process}", "Processes that run.");
        meter.CreateObservableUpDownCounter("containershim.events.pending", () => events.Pending, "{event}", "Events that no receiver has acknowledged.");
        meter.CreateObservableCounter("containershim.stdio.relayed", () => stdio.Taken, "By", "Bytes of standard streams that were passed on.");
        meter.CreateObservableCounter("containershim.stdio.dropped", () => stdio.Dropped, "By", "Bytes of output that its target refused.");
    }

    private static IEnumerable<Measurement<int>> Containers(ShimTaskService tasks) => tasks.Containers.All()
        .CountBy(static container => container.State("").Status)
        .Select(static pair => new Measurement<int>(pair.Value, new KeyValuePair<string, object?>(StatusTag, Text(pair.Key))));

    private static IEnumerable<Measurement<int>> Processes(ShimTaskService tasks)
    {
        int inits = 0;
        int execs = 0;
        foreach (Container container in tasks.Containers.All())
        {
            inits += container.State("").Status is ContainerStatus.Running or ContainerStatus.Pausing or ContainerStatus.Paused ? 1 : 0;
            execs += container.AllExecs().Count(static exec => exec.State == ProcessState.Running);
        }

        return
        [
            new Measurement<int>(inits, new KeyValuePair<string, object?>(KindTag, ProcessKinds.Init)),
            new Measurement<int>(execs, new KeyValuePair<string, object?>(KindTag, ProcessKinds.Exec)),
        ];
    }

    private static string Text(ContainerStatus status) => status switch
    {
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Stopped => "stopped",
        ContainerStatus.Paused => "paused",
        ContainerStatus.Pausing => "pausing",
        _ => "unknown",
    };
}
