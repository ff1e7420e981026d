using System.Globalization;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Tells whether an engine can run containers, and what it cannot do on this machine.</summary>
internal sealed class ContainerShimHealthCheck(ContainerShimEngine engine, ContainerShimHostOptions options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return Judge(await engine.DescribeAsync(cancellationToken).ConfigureAwait(false), options.DegradedFromPendingEvents);
        }
        catch (ShimException e)
        {
            string binary = options.Runtime.BinaryName.Length > 0 ? options.Runtime.BinaryName : "runc";
            return new HealthCheckResult(
                context.Registration.FailureStatus,
                $"The OCI runtime {binary} cannot be used: {e.Message}. Install it, or name another in Runtime:BinaryName.",
                e);
        }
        catch (ObjectDisposedException e)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, "The engine has ended; no container can be made any more.", e);
        }
    }

    internal static HealthCheckResult Judge(EngineDescription engine, int degradedFrom)
    {
        Dictionary<string, object> data = new()
        {
            ["runtime"] = engine.Runtime.Version,
            ["cgroups"] = engine.Cgroups.ToString(),
            ["exitStatus"] = engine.MonitorAbilities.ToString(),
            ["containers"] = engine.Containers,
            ["pendingEvents"] = engine.PendingEvents,
        };
        string[] problems = [.. Problems(engine, degradedFrom)];
        return problems.Length == 0
            ? HealthCheckResult.Healthy($"{engine.Runtime.Version}, cgroups {engine.Cgroups}", data)
            : HealthCheckResult.Degraded(string.Join(' ', problems), null, data);
    }

    private static IEnumerable<string> Problems(EngineDescription engine, int degradedFrom)
    {
        if (engine.Cgroups == CgroupMode.Unavailable)
        {
            yield return "No cgroup file system is mounted, so containers have no limits, statistics or OOM events: mount one at /sys/fs/cgroup.";
        }

        if ((engine.MonitorAbilities & (ProcessMonitorAbilities.Descendants | ProcessMonitorAbilities.AnyProcess)) == 0)
        {
            yield return "The exit status of containers cannot be told: use ExitTracking Reaper, the default.";
        }

        if (engine.PendingEvents >= degradedFrom)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{engine.PendingEvents} events wait for their receiver: see whether it is up and whether somebody reads.");
        }
    }
}
