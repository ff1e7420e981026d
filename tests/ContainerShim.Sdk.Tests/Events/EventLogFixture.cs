using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Events;

/// <summary>An event log on a scripted publisher, with fake time.</summary>
internal sealed class EventLogFixture
{
    public EventLogFixture(EventLogOptions? options = null)
    {
        Inline.Allow();
        Publisher = new RecordingPublisher(Calls);
        Options = options ?? new EventLogOptions();
        Log = new EventLog("ns", Publisher, Options, Time, NullLogger.Instance, TaskCreationOptions.None);
    }

    public FakeTimeProvider Time { get; } = new();

    public CallScript Calls { get; } = new();

    public RecordingPublisher Publisher { get; }

    public EventLogOptions Options { get; }

    public EventLog Log { get; }

    public IEnumerable<long> Delivered => Publisher.Delivered.Select(envelope => envelope.Sequence);

    public static ShimEvent Expendable { get; } = new TaskOomEvent("c");

    public static ShimEvent Precious { get; } = new TaskExitedEvent("c", "c", new ProcessExit(1, 0, default));

    public void Append(int count, ShimEvent? shimEvent = null)
    {
        for (int i = 0; i < count; i++)
        {
            Log.Append(shimEvent ?? Expendable);
        }
    }

    public void Refuse() => Calls.Otherwise = _ => CallPlan.Fail(new IOException("connection refused"));

    public void Accept() => Calls.Otherwise = _ => CallPlan.Succeed;
}
