namespace ContainerShim.Sdk.Hosting;

/// <summary>How an engine in a host works: what can be said in configuration. Parts that are code come from <see cref="ContainerShimBuilder"/>.</summary>
/// <remarks>The <see cref="ContainerShimSettings.StateDirectory"/> of an engine with a name is <c>/run/containershim-NAME</c> by default.</remarks>
public sealed class ContainerShimHostOptions : ContainerShimSettings
{
    /// <summary>The OCI runtime. Default: runc.</summary>
    public ContainerShimRuntimeOptions Runtime { get; } = new();

    /// <summary>
    /// Whether the start of the host takes over the containers that an earlier host has left, by <see cref="ContainerShimEngine.AdoptAsync"/>, before
    /// the services that were added later start. Default: true. Without it their ids cannot be used again until somebody calls that.
    /// </summary>
    public bool AdoptAtStart { get; set; } = true;

    /// <summary>From how many undelivered events on the health check says Degraded. Default: 1,000.</summary>
    public int DegradedFromPendingEvents { get; set; } = 1_000;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Validate() =>
    [
        .. base.Validate(),
        .. Runtime.BinaryName is null ? (string[])["Runtime:BinaryName is null; leave it empty for runc."] : [],
        .. Runtime.Root is "" || Path.IsPathRooted(Runtime.Root) ? (string[])[] : [$"Runtime:Root '{Runtime.Root}' is not an absolute path."],
        .. DegradedFromPendingEvents > 0 ? (string[])[] : ["DegradedFromPendingEvents must be at least 1."],
    ];
}
