using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Makes an engine from the services of a host.</summary>
internal static class EngineFactory
{
    public static ContainerShimEngine Create(IServiceProvider services, string name)
    {
        ContainerShimHostOptions host = services.GetRequiredService<IOptionsMonitor<ContainerShimHostOptions>>().Get(name);
        ContainerShimOptions options = new(host)
        {
            RuntimeOptions = host.Runtime.ToRuntimeOptions(),
            Runtime = services.GetKeyedService<IOciRuntime>(name),
            Monitor = services.GetKeyedService<IProcessMonitor>(name),
            Cgroups = services.GetKeyedService<ICgroupLoader>(name),
            Publisher = services.GetKeyedService<IEventPublisher>(name),
            TaskServiceDecorator = tasks => Decorate(services, name, tasks),
            LoggerFactory = services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance,
        };
        foreach (EngineConfiguration configuration in services.GetKeyedServices<EngineConfiguration>(name))
        {
            configuration.Apply(services, options);
        }

        return ContainerShimEngine.Create(options);
    }

    private static IShimTaskService Decorate(IServiceProvider services, string name, IShimTaskService tasks) =>
        services.GetKeyedServices<TaskServiceDecorator>(name).Aggregate(tasks, (inner, decorator) => decorator.Decorate(services, inner));
}
