namespace ContainerShim.Sdk.Bundles;

/// <summary>Whom a process runs as, by number, since the numbers are the container's own.</summary>
/// <param name="Uid">User.</param>
/// <param name="Gid">Group.</param>
public sealed record ContainerUser(uint Uid, uint Gid)
{
    /// <summary>User and group 0.</summary>
    public static ContainerUser Root { get; } = new(0, 0);

    /// <summary>Further groups. Default: none.</summary>
    public IReadOnlyList<uint> AdditionalGids { get; init; } = [];
}
