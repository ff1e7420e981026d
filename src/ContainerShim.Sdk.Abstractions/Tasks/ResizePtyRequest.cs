namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.ResizePtyAsync"/>.</summary>
public sealed record ResizePtyRequest
{
    /// <summary>The container.</summary>
    public required string Id { get; init; }

    /// <summary>Columns, 0 to 65535.</summary>
    public required int Width { get; init; }

    /// <summary>Rows, 0 to 65535.</summary>
    public required int Height { get; init; }

    /// <summary>The exec. Default: empty, the init process.</summary>
    public string ExecId { get; init; } = "";
}
