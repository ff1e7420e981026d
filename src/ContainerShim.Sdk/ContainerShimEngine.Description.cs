using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk;

/// <content>What a health check asks.</content>
public sealed partial class ContainerShimEngine
{
    /// <summary>Tells what this engine works with, and asks the runtime for its version.</summary>
    /// <exception cref="ShimException">The runtime cannot be used; the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed of.</exception>
    public Task<EngineDescription> DescribeAsync(CancellationToken cancellationToken = default) => _work.RunAsync(DescribeNowAsync, cancellationToken);

    private async Task<EngineDescription> DescribeNowAsync(CancellationToken cancellationToken)
    {
        RuntimeDescription runtime = await _context.Services.Runtime.DescribeAsync(_runtimeOptions, cancellationToken).ConfigureAwait(false);
        return new EngineDescription
        {
            Runtime = runtime,
            Cgroups = CgroupModeDetector.Detect(),
            MonitorAbilities = _context.Services.Monitor.Abilities,
            Containers = _tasks.Containers.All().Count,
            PendingEvents = _events.Pending,
        };
    }
}
