using System.Diagnostics;
using ContainerShim.Sdk.Diagnostics;

namespace AotSmoke;

/// <summary>Counts the spans of the engine, as a stand-in for an exporter.</summary>
internal sealed class SpanCounter : IDisposable
{
    private readonly ActivityListener _listener;
    private int _count;

    public SpanCounter()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == ContainerShimTelemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ => Interlocked.Increment(ref _count),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public int Count => Volatile.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
