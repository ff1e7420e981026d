namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.ResizePtyAsync"/>.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">The exec; empty for the init process.</param>
/// <param name="Width">Columns, 0 to 65535.</param>
/// <param name="Height">Rows, 0 to 65535.</param>
public sealed record ResizePtyRequest(string Id, string ExecId, int Width, int Height);
