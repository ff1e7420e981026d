namespace ContainerShim.Sdk.Stats;

/// <summary>Processes and threads of a container.</summary>
public sealed record PidsStats
{
    /// <summary>How many there are.</summary>
    public required long Current { get; init; }

    /// <summary>How many there may be; null for no limit.</summary>
    public required long? Limit { get; init; }
}
