using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Puts engines into a host.</summary>
public static class ContainerShimServiceCollectionExtensions
{
    /// <summary>
    /// Adds an engine: a <see cref="ContainerShimEngine"/> and its <see cref="IShimTaskService"/> as singletons, which start and end with
    /// the host. The options are checked when the host starts.
    /// </summary>
    public static ContainerShimBuilder AddContainerShim(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        ContainerShimBuilder builder = Add(services, Options.DefaultName);
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<ContainerShimEngine>(Options.DefaultName));
        services.TryAddSingleton(static provider => provider.GetRequiredKeyedService<IShimTaskService>(Options.DefaultName));
        return builder;
    }

    /// <inheritdoc cref="AddContainerShim(IServiceCollection)"/>
    public static ContainerShimBuilder AddContainerShim(this IServiceCollection services, Action<ContainerShimHostOptions> configure)
    {
        ContainerShimBuilder builder = AddContainerShim(services);
        services.Configure(configure);
        return builder;
    }

    /// <summary>
    /// Adds an engine with a name, beside others: its services are keyed by the name, and its options are the named ones. Each engine needs a
    /// state directory of its own, whatever its namespace; by default that of this one is <c>/run/containershim-NAME</c>.
    /// </summary>
    public static ContainerShimBuilder AddContainerShim(this IServiceCollection services, string name)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Add(services, name);
    }

    /// <inheritdoc cref="AddContainerShim(IServiceCollection, string)"/>
    public static ContainerShimBuilder AddContainerShim(this IServiceCollection services, string name, Action<ContainerShimHostOptions> configure)
    {
        ContainerShimBuilder builder = AddContainerShim(services, name);
        services.Configure(name, configure);
        return builder;
    }

    private static ContainerShimBuilder Add(IServiceCollection services, string name)
    {
        services.AddOptions<ContainerShimHostOptions>(name).ValidateOnStart();
        services.TryAddSingleton<StateDirectoryNames>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ContainerShimHostOptions>, ContainerShimHostOptionsValidator>());
        if (!services.Any(service => service.ServiceType == typeof(ContainerShimEngine) && Equals(service.ServiceKey, name)))
        {
            if (name.Length > 0)
            {
                // Before whatever the application configures, even if it did so earlier.
                services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<ContainerShimHostOptions>>(
                    new ConfigureNamedOptions<ContainerShimHostOptions>(name, options => options.StateDirectory += "-" + name)));
            }

            services.AddKeyedSingleton(name, (provider, _) => EngineFactory.Create(provider, name));
            services.AddKeyedSingleton(name, (provider, _) => provider.GetRequiredKeyedService<ContainerShimEngine>(name).Tasks);
            services.AddSingleton<IHostedService>(provider => new ContainerShimService(provider, name));
        }

        return new ContainerShimBuilder(services, name);
    }
}
