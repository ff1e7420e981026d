using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.CheckpointAsync"/>.</summary>
/// <param name="Id">The container.</param>
/// <param name="Checkpoint">Where and how to write the image.</param>
public sealed record CheckpointRequest(string Id, RuntimeCheckpoint Checkpoint);
