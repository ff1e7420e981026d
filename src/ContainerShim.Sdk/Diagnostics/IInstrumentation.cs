using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;
using Grpc.Core.Interceptors;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Puts measuring around the parts of an engine. Behind an interface, so that a shim which does not ask for it contains none of it.</summary>
internal interface IInstrumentation : IDisposable
{
    /// <summary>Takes the trace context out of a request's metadata.</summary>
    Interceptor Interceptor { get; }

    /// <summary>Sees the event log.</summary>
    IEventObserver EventObserver { get; }

    /// <summary>Measures operations.</summary>
    IShimTaskService Around(IShimTaskService service);

    /// <summary>Measures calls of the runtime; the result can checkpoint if the runtime can.</summary>
    IOciRuntime Around(IOciRuntime runtime);

    /// <summary>Counts deliveries.</summary>
    IEventPublisher Around(IEventPublisher publisher);

    /// <summary>Reports the state of an engine whenever somebody collects it. Called once.</summary>
    void Observe(ShimTaskService tasks, EventLog events, StreamCounters stdio);
}
