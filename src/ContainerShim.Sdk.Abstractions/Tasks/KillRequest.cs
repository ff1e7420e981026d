namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.KillAsync"/>.</summary>
public sealed record KillRequest
{
    /// <summary>The container.</summary>
    public required string Id { get; init; }

    /// <summary>A signal number of Linux; 0 only tests whether the process is there.</summary>
    public required int Signal { get; init; }

    /// <summary>Whether to signal every process of the container; ignored for an exec. Default: false.</summary>
    public bool All { get; init; }

    /// <summary>The exec. Default: empty, the init process.</summary>
    public string ExecId { get; init; } = "";
}
