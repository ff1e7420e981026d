using System.Diagnostics;
using System.Diagnostics.Metrics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;
using Grpc.Core.Interceptors;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>The spans and metrics of one engine. Each engine has a source and a meter of its own under the one name, which end with it.</summary>
internal sealed class Instrumentation : IInstrumentation
{
    private const string NamespaceTag = "containershim.namespace";

    private readonly ActivitySource _source;
    private readonly Meter _meter;
    private readonly CallMeter _runtimeCalls;
    private readonly EventInstruments _events;

    public Instrumentation(string containerdNamespace, TimeProvider time)
    {
        KeyValuePair<string, object?>[] tags = [new(NamespaceTag, containerdNamespace)];
        string version = typeof(Instrumentation).Assembly.GetName().Version?.ToString(3) ?? "";
        _source = new ActivitySource(ContainerShimTelemetry.Name, version, tags);
        _meter = new Meter(ContainerShimTelemetry.Name, version, tags);
        Operations = new CallMeter(
            _source,
            CallMeter.Durations(_meter, "containershim.operation.duration", "Duration of the operations of the task service, but for Wait."),
            "containershim.operation",
            "containershim.",
            time);
        _runtimeCalls = new CallMeter(
            _source,
            CallMeter.Durations(_meter, "containershim.runtime.duration", "Duration of the calls of the OCI runtime."),
            "containershim.runtime.command",
            "containershim.runtime.",
            time);
        _events = new EventInstruments(_meter);
        EventObserver = new TelemetryEventObserver(_events);
    }

    /// <summary>Measures operations that are not called through a task service.</summary>
    public CallMeter Operations { get; }

    public Interceptor Interceptor { get; } = new TraceContextInterceptor();

    public IEventObserver EventObserver { get; }

    public IShimTaskService Around(IShimTaskService service) => new TelemetryTaskService(service, Operations);

    public IOciRuntime Around(IOciRuntime runtime) => runtime is ICheckpointableRuntime { CanCheckpoint: true } checkpointable
        ? new TelemetryCheckpointableRuntime(runtime, checkpointable, _runtimeCalls)
        : new TelemetryRuntime(runtime, _runtimeCalls);

    public IEventPublisher Around(IEventPublisher publisher) => new TelemetryPublisher(publisher, _events);

    public void Observe(ShimTaskService tasks, EventLog events, StreamCounters stdio) => StateInstruments.Create(_meter, tasks, events, stdio);

    public void Dispose()
    {
        Unfailing.Do(_meter, static meter => meter.Dispose());
        Unfailing.Do(_source, static source => source.Dispose());
    }
}
