using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using EventRules = ContainerShim.Sdk.Testing.Events.EventRules;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>
/// An engine on fakes, with fake time, whose completions run at once: after each call and each <see cref="After"/> everything that could
/// happen has happened, on the test's own thread.
/// </summary>
internal sealed class EngineHarness
{
    public EngineHarness(bool canCheckpoint = true, EngineTimeouts? timeouts = null, EventLogOptions? logOptions = null, Func<IOciRuntime, IOciRuntime>? wrap = null, LogRecorder? log = null)
    {
        Inline.Allow();
        Kernel = new FakeKernel(Time);
        Runtime = canCheckpoint ? new FakeCheckpointableRuntime(Kernel, Calls) : new FakeRuntime(Kernel, Calls);
        Monitor = new FakeMonitor(Kernel, Calls);
        Cgroups = new FakeCgroups(Kernel, Calls);
        Stdio = new FakeStdio(Calls);
        Mounter = new FakeMounter(Calls);
        Bundles = new FakeBundles(Calls);
        Publisher = new RecordingPublisher(Calls) { OnDelivered = Rules.Add };
        Log = new EventLog(
            "k8s.io", Publisher, logOptions ?? new EventLogOptions(), Time, NullLogger.Instance, TaskCreationOptions.None);
        Timeouts = timeouts ?? new EngineTimeouts();
        Services = new EngineServices
        {
            ContainerdNamespace = "k8s.io",
            Runtime = wrap?.Invoke(Runtime) ?? Runtime,
            Monitor = Monitor,
            Cgroups = Cgroups,
            Events = Log,
            Stdio = Stdio,
            Mounter = Mounter,
            Bundles = Bundles,
            Orphans = Orphans,
            Time = Time,
            Logger = (ILogger?)log ?? NullLogger.Instance,
            Timeouts = Timeouts,
            Completions = TaskCreationOptions.None,
        };
        Service = new ShimTaskService(Services);
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public CallScript Calls { get; } = new();

    public FakeKernel Kernel { get; }

    public FakeRuntime Runtime { get; }

    public FakeMonitor Monitor { get; }

    public FakeCgroups Cgroups { get; }

    public FakeStdio Stdio { get; }

    public FakeMounter Mounter { get; }

    public FakeBundles Bundles { get; }

    public FakeOrphans Orphans { get; } = new();

    public RecordingPublisher Publisher { get; }

    public EventRules Rules { get; } = new();

    public EventLog Log { get; }

    public EngineTimeouts Timeouts { get; }

    public EngineServices Services { get; }

    public ShimTaskService Service { get; }

    /// <summary>The delivered events, each as its topic's last word and what it concerns: <c>exit c1/e1 137</c>.</summary>
    public IReadOnlyList<string> Events => [.. Publisher.Delivered.Select(envelope => Describe(envelope.Event))];

    /// <summary>Lets time pass, in steps: a timer that is set when another fires counts from that moment.</summary>
    public void After(TimeSpan time)
    {
        TimeSpan step = TimeSpan.FromMilliseconds(50);
        for (; time > step; time -= step)
        {
            Time.Advance(step);
        }

        Time.Advance(time);
    }

    /// <summary>What the engine holds for containers that are no more; empty means that nothing is left.</summary>
    public IReadOnlyList<string> Leftovers()
    {
        List<string> left = [];
        Check("streams", Stdio.Open);
        Check("watches", Monitor.Open);
        Check("cgroups", Cgroups.Open);
        Check("mounts", Mounter.Mounted.Count);
        Check("orphan holds", Orphans.Holds);
        Check("orphan expectations", Orphans.Expectations);
        return left;

        void Check(string what, int count)
        {
            if (count != 0)
            {
                left.Add($"{count} {what}");
            }
        }
    }

    /// <summary>An event as one line.</summary>
    public static string Describe(ShimEvent shimEvent)
    {
        string topic = shimEvent.Topic[(shimEvent.Topic.LastIndexOf('/') + 1)..];
        return shimEvent switch
        {
            TaskExitedEvent e when e.ProcessId != e.ContainerId => $"{topic} {e.ContainerId}/{e.ProcessId} {e.Exit.ExitCode}",
            TaskExitedEvent e => $"{topic} {e.ContainerId} {e.Exit.ExitCode}",
            ExecAddedEvent e => $"{topic} {e.ContainerId}/{e.ExecId}",
            ExecStartedEvent e => $"{topic} {e.ContainerId}/{e.ExecId}",
            _ => $"{topic} {shimEvent.ContainerId}",
        };
    }
}
