using System.Diagnostics.CodeAnalysis;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Says what an engine in a host is made of. Everything not replaced is the engine's own.</summary>
/// <remarks>
/// The parts are keyed services under the engine's name, so they can also be registered directly; of several registrations the last
/// one counts. A part that is given as a type or a factory is made once and disposed of with the host; an instance stays its owner's.
/// The publisher is disposed of by the engine in any case, after the last event.
/// </remarks>
public sealed class ContainerShimBuilder
{
    private const DynamicallyAccessedMemberTypes Constructors = DynamicallyAccessedMemberTypes.PublicConstructors;

    internal ContainerShimBuilder(IServiceCollection services, string name)
    {
        Services = services;
        Name = name;
    }

    /// <summary>The services of the host.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The engine's name; empty for the one that has none.</summary>
    public string Name { get; }

    /// <summary>
    /// Reads the options from configuration, for example <c>Bind(builder.Configuration.GetSection("ContainerShim"))</c>. Needs no reflection. A
    /// key that no option has fails the start of the host, since it is misspelt.
    /// </summary>
    public ContainerShimBuilder Bind(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        Services.AddOptions<ContainerShimHostOptions>(Name).Configure(options => configuration.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true));
        return this;
    }

    /// <summary>Changes the options with the help of other services.</summary>
    public ContainerShimBuilder Configure(Action<IServiceProvider, ContainerShimHostOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddOptions<ContainerShimHostOptions>(Name).Configure<IServiceProvider>((options, services) => configure(services, options));
        return this;
    }

    /// <summary>Changes what the engine is made from, last of all: for what neither the options nor this builder offer.</summary>
    public ContainerShimBuilder ConfigureEngine(Action<IServiceProvider, ContainerShimOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Services.AddKeyedSingleton(Name, new EngineConfiguration(configure));
        return this;
    }

    /// <summary>Runs containers by another runtime than runc.</summary>
    public ContainerShimBuilder UseRuntime<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, IOciRuntime => Add<IOciRuntime, T>();

    /// <inheritdoc cref="UseRuntime{T}"/>
    public ContainerShimBuilder UseRuntime(IOciRuntime runtime) => Add(runtime);

    /// <inheritdoc cref="UseRuntime{T}"/>
    public ContainerShimBuilder UseRuntime(Func<IServiceProvider, IOciRuntime> factory) => Add(factory);

    /// <summary>Learns of exits in another way than by pidfds.</summary>
    public ContainerShimBuilder UseMonitor<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, IProcessMonitor => Add<IProcessMonitor, T>();

    /// <inheritdoc cref="UseMonitor{T}"/>
    public ContainerShimBuilder UseMonitor(IProcessMonitor monitor) => Add(monitor);

    /// <inheritdoc cref="UseMonitor{T}"/>
    public ContainerShimBuilder UseMonitor(Func<IServiceProvider, IProcessMonitor> factory) => Add(factory);

    /// <summary>Finds cgroups in another way than by <c>/proc</c>.</summary>
    public ContainerShimBuilder UseCgroups<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, ICgroupLoader => Add<ICgroupLoader, T>();

    /// <inheritdoc cref="UseCgroups{T}"/>
    public ContainerShimBuilder UseCgroups(ICgroupLoader cgroups) => Add(cgroups);

    /// <inheritdoc cref="UseCgroups{T}"/>
    public ContainerShimBuilder UseCgroups(Func<IServiceProvider, ICgroupLoader> factory) => Add(factory);

    /// <summary>Sends the events somewhere, too; they can be read from <see cref="ContainerShimEngine.Events"/> in any case.</summary>
    public ContainerShimBuilder UsePublisher<[DynamicallyAccessedMembers(Constructors)] T>()
        where T : class, IEventPublisher => Add<IEventPublisher, T>();

    /// <inheritdoc cref="UsePublisher{T}"/>
    public ContainerShimBuilder UsePublisher(IEventPublisher publisher) => Add(publisher);

    /// <inheritdoc cref="UsePublisher{T}"/>
    public ContainerShimBuilder UsePublisher(Func<IServiceProvider, IEventPublisher> factory) => Add(factory);

    /// <summary>
    /// Wraps the task service that is injected and that <see cref="ContainerShimEngine.Tasks"/> offers; the first decorator is the
    /// innermost. It does not see what is done by the engine's own methods and by <see cref="ShimContainer"/>; see
    /// <see cref="ContainerShimOptions.TaskServiceDecorator"/>.
    /// </summary>
    public ContainerShimBuilder DecorateTaskService(Func<IServiceProvider, IShimTaskService, IShimTaskService> decorator)
    {
        ArgumentNullException.ThrowIfNull(decorator);
        Services.AddKeyedSingleton(Name, new TaskServiceDecorator(decorator));
        return this;
    }

    private ContainerShimBuilder Add<TService, [DynamicallyAccessedMembers(Constructors)] TImplementation>()
        where TService : class
        where TImplementation : class, TService
    {
        Services.AddKeyedSingleton<TService, TImplementation>(Name);
        return this;
    }

    private ContainerShimBuilder Add<TService>(TService instance)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(instance);
        Services.AddKeyedSingleton(Name, instance);
        return this;
    }

    private ContainerShimBuilder Add<TService>(Func<IServiceProvider, TService> factory)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(factory);
        Services.AddKeyedSingleton(Name, (services, _) => factory(services));
        return this;
    }
}
