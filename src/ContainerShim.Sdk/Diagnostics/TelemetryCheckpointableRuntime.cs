using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Measures the calls of a runtime that can checkpoint: what a runtime can do must not be hidden by measuring it.</summary>
internal sealed class TelemetryCheckpointableRuntime(IOciRuntime inner, ICheckpointableRuntime checkpointable, CallMeter meter)
    : TelemetryRuntime(inner, meter), ICheckpointableRuntime
{
    public Task CheckpointAsync(RuntimeContainer container, RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("checkpoint", container.Id, "", () => checkpointable.CheckpointAsync(container, checkpoint, cancellationToken));

    public Task<int> RestoreAsync(RuntimeContainer container, RuntimeRestore restore, CancellationToken cancellationToken = default) =>
        Meter.MeasureAsync("restore", container.Id, "", () => checkpointable.RestoreAsync(container, restore, cancellationToken));
}
