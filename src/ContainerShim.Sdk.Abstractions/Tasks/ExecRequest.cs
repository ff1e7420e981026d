namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.ExecAsync"/>.</summary>
public sealed record ExecRequest
{
    /// <summary>The container.</summary>
    public required string Id { get; init; }

    /// <summary>A new id in the container: letters, digits and inner <c>._-</c>, at most 76 characters.</summary>
    public required string ExecId { get; init; }

    /// <summary>The OCI <c>process</c> object as UTF-8 JSON.</summary>
    public required ReadOnlyMemory<byte> ProcessSpec { get; init; }

    /// <summary>The streams of the process. Default: <see cref="StdioPaths.None"/>.</summary>
    public StdioPaths Stdio { get; init; } = StdioPaths.None;
}
