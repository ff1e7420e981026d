using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Sandboxes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>What a shim binary is made of. Everything not replaced is the runc shim's. Used before the shim runs, from one thread.</summary>
public sealed class ShimBuilder
{
    internal ShimBuilder()
    {
    }

    /// <summary>
    /// The runtime's name as containerd knows it. Default: made from the binary's name, <c>containerd-shim-dotnet-v1</c> gives
    /// <c>io.containerd.dotnet.v1</c>.
    /// </summary>
    public string? Name { get; set; }

    /// <summary>The version that <c>-v</c> and <c>-info</c> tell. Default: the entry assembly's.</summary>
    public string? Version { get; set; }

    /// <summary>How the event log deals with a containerd that is away.</summary>
    public EventLogOptions EventLog { get; } = new();

    /// <summary>Where the streams of processes may go, and what happens when nobody reads them.</summary>
    public StdioOptions Stdio { get; } = new();

    /// <summary>How the runtime's binary is called: its time limits, and what it inherits. Of no use to a runtime of another kind.</summary>
    public RuncRuntimeOptions Runc { get; } = new();

    /// <summary>
    /// How long a shim without containers stays; up to twice as long, since it looks once in that time. Default: 10 minutes; containerd
    /// creates one within seconds and asks for the end after the last, and a shim whose containerd died in between would stay for ever
    /// (containerd#12344). In a shim's process the environment variable <c>CONTAINERSHIM_IDLE_TIMEOUT</c>, in whole seconds, goes before it.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Whether the shim mounts the root file systems that requests describe. Default: true. A runtime that makes them itself, in a virtual
    /// machine for example, or needs none sets it to false and reads <see cref="RuntimeContainer.Rootfs"/>.
    /// </summary>
    public bool MountsRootfs { get; set; } = true;

    internal Func<ShimContext, IOciRuntime>? RuntimeFactory { get; private set; }

    internal Func<ShimContext, IProcessMonitor>? MonitorFactory { get; private set; }

    internal Func<ShimContext, ICgroupLoader>? CgroupsFactory { get; private set; }

    internal Func<ShimContext, IEventPublisher>? PublisherFactory { get; private set; }

    internal Func<ShimContext, IShimTaskService, IShimTaskService> TaskServiceDecorator { get; private set; } = static (_, tasks) => tasks;

    internal Func<ShimContext, IInstrumentation>? InstrumentationFactory { get; private set; }

    internal Func<ShimContext, ISandboxService?>? SandboxFactory { get; private set; }

    /// <summary>Runs containers by a runtime of its own instead of runc.</summary>
    public ShimBuilder UseRuntime<T>()
        where T : IOciRuntime, new() => UseRuntime(static _ => new T());

    /// <summary>Runs containers by a runtime of its own instead of runc.</summary>
    public ShimBuilder UseRuntime(Func<ShimContext, IOciRuntime> factory)
    {
        RuntimeFactory = factory;
        return this;
    }

    /// <summary>Learns of exits in another way than by pidfds.</summary>
    public ShimBuilder UseMonitor(Func<ShimContext, IProcessMonitor> factory)
    {
        MonitorFactory = factory;
        return this;
    }

    /// <summary>Finds cgroups in another way than by <c>/proc</c>.</summary>
    public ShimBuilder UseCgroups(Func<ShimContext, ICgroupLoader> factory)
    {
        CgroupsFactory = factory;
        return this;
    }

    /// <summary>Sends events elsewhere than to containerd's ttrpc socket. The shim disposes of what the factory made, after the last event.</summary>
    public ShimBuilder UsePublisher(Func<ShimContext, IEventPublisher> factory)
    {
        PublisherFactory = factory;
        return this;
    }

    /// <summary>
    /// Makes the sandboxes of pods in a way of its own, for runtimes whose <c>sandboxer</c> is <c>shim</c> in containerd's configuration;
    /// a factory that returns null turns the service off. Default: a sandbox is a set of namespaces, without a pause container.
    /// </summary>
    public ShimBuilder UseSandbox(Func<ShimContext, ISandboxService?> factory)
    {
        SandboxFactory = factory;
        return this;
    }

    /// <summary>Wraps the task service that is served; the first decorator is the innermost. One that hands nothing on replaces it.</summary>
    public ShimBuilder DecorateTaskService(Func<ShimContext, IShimTaskService, IShimTaskService> decorator)
    {
        ArgumentNullException.ThrowIfNull(decorator);
        Func<ShimContext, IShimTaskService, IShimTaskService> inner = TaskServiceDecorator;
        TaskServiceDecorator = (context, tasks) => decorator(context, inner(context, tasks));
        return this;
    }

    /// <summary>
    /// Adds the spans and metrics of <see cref="ContainerShimTelemetry"/>, for a listener or an exporter that the binary brings along.
    /// Without it they are not even part of a trimmed binary.
    /// </summary>
    public ShimBuilder UseTelemetry()
    {
        InstrumentationFactory = static context => new Instrumentation(context.ContainerdNamespace, context.Time);
        return this;
    }

    /// <exception cref="ShimException">InvalidArgument: options that cannot be, all of them named.</exception>
    internal void Validate() => OptionRules.Demand(
    [
        .. EventLog.Mistakes(),
        .. Stdio.Mistakes(),
        .. Runc.Mistakes(),
        .. OptionRules.Failures((OptionRules.IsLimit(IdleTimeout), "IdleTimeout must be longer than zero and shorter than 24 days, or infinite.")),
    ]);
}
