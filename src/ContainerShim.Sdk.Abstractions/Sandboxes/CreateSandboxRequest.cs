namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Argument of <see cref="ISandboxService.CreateAsync"/>.</summary>
public sealed record CreateSandboxRequest
{
    /// <summary>The sandbox: letters, digits and inner <c>._-</c>, at most 76 characters.</summary>
    public required string SandboxId { get; init; }

    /// <summary>Absolute path of its bundle, which may have no <c>config.json</c>.</summary>
    public required string BundlePath { get; init; }

    /// <summary>Mounts for a root file system of its own. Default: none; Kubernetes sends none.</summary>
    public IReadOnlyList<RootfsMount> Rootfs { get; init; } = [];

    /// <summary>What the client wants; from Kubernetes a <c>runtime.v1.PodSandboxConfig</c>. Default: null.</summary>
    public TypedPayload? Options { get; init; }

    /// <summary>The network namespace that its containers share. Default: empty, the host's.</summary>
    public string NetworkNamespacePath { get; init; } = "";

    /// <summary>Annotations. Default: none.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
