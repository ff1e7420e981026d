using ContainerShim.Sdk.Processes;

namespace EmbeddedHost.Containers;

/// <summary>What the tool knows of a container beside what the engine keeps.</summary>
internal sealed record ContainerRecord
{
    public required string Name { get; init; }

    public required string Rootfs { get; init; }

    public required IReadOnlyList<string> Command { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The command that runs it in the foreground; null when it runs detached.</summary>
    public ProcessIdentity? Host { get; init; }

    /// <summary>Its init process; null until it was started.</summary>
    public ProcessIdentity? Process { get; init; }

    /// <summary>How it ended; null while it has not, or nobody has looked.</summary>
    public ProcessExit? Exit { get; init; }

    public bool IsRunning => Exit is null && Process is { IsAlive: true };
}
