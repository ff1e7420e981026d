namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>A process that is about to run in memory, for which a script is asked.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="ExecId">The exec; empty for the init process.</param>
/// <param name="Arguments">The command: <c>process.args</c> of the configuration or of the exec's specification.</param>
public sealed record ProcessStart(string ContainerId, string ExecId, IReadOnlyList<string> Arguments)
{
    /// <summary>Whether it is the first process of a pid namespace, to which the kernel delivers no signal that it does not handle.</summary>
    internal bool IsFirstOfPidNamespace { get; init; }
}
