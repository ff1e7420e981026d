namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Result of <see cref="ISandboxService.GetStatusAsync"/>.</summary>
public sealed record SandboxStatus
{
    /// <summary>The sandbox.</summary>
    public required string SandboxId { get; init; }

    /// <summary>Whether it runs: <c>SANDBOX_READY</c> on the wire, else <c>SANDBOX_NOTREADY</c>.</summary>
    public required bool IsReady { get; init; }

    /// <summary>The process whose namespaces the containers join. Default: 0, there is none.</summary>
    public int Pid { get; init; }

    /// <summary>When it was started. Default: null, it was not.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it ended. Default: null, it did not.</summary>
    public DateTimeOffset? ExitedAt { get; init; }

    /// <summary>For people, by name. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Info { get; init; } = new Dictionary<string, string>();

    /// <summary>For a client that knows what it is. Default: null.</summary>
    public TypedPayload? Extra { get; init; }
}
