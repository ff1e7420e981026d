using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Counts what happens, and gives each event the trace context of the operation that caused it.</summary>
internal sealed class TelemetryEventObserver(EventInstruments instruments) : IEventObserver
{
    public EventEnvelope OnLogging(EventEnvelope envelope)
    {
        // Locks are held here, and listeners are the code of others: they are called elsewhere.
        ThreadPool.UnsafeQueueUserWorkItem(static s => s.instruments.Happened(s.Event), (instruments, envelope.Event), preferLocal: false);
        (string? parent, string? state) = TraceContext.Current();
        return parent is null ? envelope : envelope with { TraceParent = parent, TraceState = state };
    }

    public void OnGivenUp(EventEnvelope envelope) => instruments.GivenUp(envelope.Event);
}
