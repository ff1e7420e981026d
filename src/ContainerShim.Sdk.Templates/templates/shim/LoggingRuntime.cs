using ContainerShim.Sdk.Runtimes;
using Microsoft.Extensions.Logging;

namespace ShimProject;

/// <summary>Runs containers with runc, and tells containerd's log of it. The place to begin: change what a call does, or replace runc.</summary>
internal sealed class LoggingRuntime(IOciRuntime runc, ILogger logger) : IOciRuntime
{
    public async Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken)
    {
        int pid = await runc.CreateAsync(container, stdio, cancellationToken);
        logger.LogInformation("Created {Container} as process {Pid}", container.Id, pid);
        return pid;
    }

    public Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken) => runc.StartAsync(container, cancellationToken);

    public Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken) =>
        runc.ExecAsync(container, exec, cancellationToken);

    public Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken) =>
        runc.KillAsync(container, signal, all, cancellationToken);

    public Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken) =>
        runc.DeleteAsync(container, force, cancellationToken);

    public Task PauseAsync(RuntimeContainer container, CancellationToken cancellationToken) => runc.PauseAsync(container, cancellationToken);

    public Task ResumeAsync(RuntimeContainer container, CancellationToken cancellationToken) => runc.ResumeAsync(container, cancellationToken);

    public Task UpdateAsync(RuntimeContainer container, ReadOnlyMemory<byte> resources, CancellationToken cancellationToken) =>
        runc.UpdateAsync(container, resources, cancellationToken);

    public Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken) =>
        runc.PidsAsync(container, cancellationToken);

    public Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken) => runc.StateAsync(container, cancellationToken);

    public Task<RuntimeDescription> DescribeAsync(RuntimeOptions options, CancellationToken cancellationToken) => runc.DescribeAsync(options, cancellationToken);
}
