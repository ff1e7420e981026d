using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
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

    /// <summary>
    /// How long a shim that has never had a container stays. Default: 10 minutes; containerd creates one within seconds, and a shim whose
    /// containerd died in between would stay for ever (containerd#12344).
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    internal Func<ShimContext, IOciRuntime>? RuntimeFactory { get; private set; }

    internal Func<ShimContext, IProcessMonitor>? MonitorFactory { get; private set; }

    internal Func<ShimContext, ICgroupLoader>? CgroupsFactory { get; private set; }

    internal Func<ShimContext, IEventPublisher>? PublisherFactory { get; private set; }

    internal Func<IShimTaskService, IShimTaskService>? TaskServiceDecorator { get; private set; }

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

    /// <summary>Sends events elsewhere than to containerd's ttrpc socket.</summary>
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

    /// <summary>Wraps the task service that is served, or replaces it.</summary>
    public ShimBuilder UseTaskService(Func<IShimTaskService, IShimTaskService> decorator)
    {
        TaskServiceDecorator = decorator;
        return this;
    }
}
