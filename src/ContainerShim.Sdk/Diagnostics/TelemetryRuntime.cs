using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Measures the calls of a runtime.</summary>
internal class TelemetryRuntime(IOciRuntime inner, CallMeter meter) : IOciRuntime, IStartWitness
{
    protected CallMeter Meter { get; } = meter;

    public Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("create", container.Id, "", () => inner.CreateAsync(container, stdio, cancellationToken));

    public Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("start", container.Id, "", () => inner.StartAsync(container, cancellationToken));

    public bool AwaitsStart(RuntimeContainer container) => inner is IStartWitness witness && witness.AwaitsStart(container);

    public Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("exec", container.Id, exec.ExecId, () => inner.ExecAsync(container, exec, cancellationToken));

    public Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("kill", container.Id, "", () => inner.KillAsync(container, signal, all, cancellationToken));

    public Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("delete", container.Id, "", () => inner.DeleteAsync(container, force, cancellationToken));

    public Task PauseAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("pause", container.Id, "", () => inner.PauseAsync(container, cancellationToken));

    public Task ResumeAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("resume", container.Id, "", () => inner.ResumeAsync(container, cancellationToken));

    public Task UpdateAsync(RuntimeContainer container, ReadOnlyMemory<byte> resources, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("update", container.Id, "", () => inner.UpdateAsync(container, resources, cancellationToken));

    public Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("ps", container.Id, "", () => inner.PidsAsync(container, cancellationToken));

    public Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("state", container.Id, "", () => inner.StateAsync(container, cancellationToken));

    public Task<RuntimeDescription> DescribeAsync(RuntimeOptions options, CancellationToken cancellationToken = default) =>
        inner.DescribeAsync(options, cancellationToken);
}
