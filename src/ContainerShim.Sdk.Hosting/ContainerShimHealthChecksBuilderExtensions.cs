using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Puts engines among the health checks of a host.</summary>
public static class ContainerShimHealthChecksBuilderExtensions
{
    /// <summary>
    /// Checks an engine: Unhealthy when its runtime cannot be used; Degraded when containers lack limits and stats for want of cgroups,
    /// when their exit status cannot be told, or when events pile up. The texts say what to do; the data holds the versions and counts.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="engineName">The engine's name. Default: null, the one that has none.</param>
    /// <param name="healthCheckName">The check's name. Default: null, <c>containershim</c>, with the engine's name after a dash.</param>
    /// <param name="tags">Tags to select checks by. Default: null, none.</param>
    public static IHealthChecksBuilder AddContainerShim(
        this IHealthChecksBuilder builder, string? engineName = null, string? healthCheckName = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string name = engineName ?? Options.DefaultName;
        return builder.Add(new HealthCheckRegistration(
            healthCheckName ?? (name.Length == 0 ? "containershim" : "containershim-" + name),
            services => new ContainerShimHealthCheck(
                services.GetRequiredKeyedService<ContainerShimEngine>(name),
                services.GetRequiredService<IOptionsMonitor<ContainerShimHostOptions>>().Get(name)),
            failureStatus: null,
            tags));
    }
}
