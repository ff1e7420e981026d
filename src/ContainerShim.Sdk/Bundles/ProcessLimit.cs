namespace ContainerShim.Sdk.Bundles;

/// <summary>A limit of each process; see getrlimit(2).</summary>
/// <param name="Name">The name as the manual has it, for example <c>RLIMIT_NOFILE</c>.</param>
/// <param name="Soft">What applies.</param>
/// <param name="Hard">How far a process may raise it.</param>
public sealed record ProcessLimit(string Name, ulong Soft, ulong Hard)
{
    /// <summary>No limit.</summary>
    public const ulong Infinity = ulong.MaxValue;
}
