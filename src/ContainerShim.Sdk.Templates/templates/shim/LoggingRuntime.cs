using ContainerShim.Sdk.Runtimes;
using Microsoft.Extensions.Logging;

namespace ShimProject;

/// <summary>Runs containers with runc, and tells containerd's log of it. The place to begin: override what is to be done in another way.</summary>
internal sealed class LoggingRuntime(IOciRuntime runc, ILogger logger) : DelegatingRuntime(runc)
{
    public override async Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken = default)
    {
        int pid = await base.CreateAsync(container, stdio, cancellationToken);
        logger.LogInformation("Created {Container} as process {Pid}", container.Id, pid);
        return pid;
    }
}
