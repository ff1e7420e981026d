namespace ContainerShim.Sdk.Runtimes;

/// <summary>A further process to run in a container.</summary>
public sealed record RuntimeExec
{
    /// <summary>The exec id, validated like a container id.</summary>
    public required string ExecId { get; init; }

    /// <summary>The OCI <c>process</c> object as UTF-8 JSON, passed on byte for byte.</summary>
    public required ReadOnlyMemory<byte> ProcessSpec { get; init; }

    /// <summary>Its standard streams.</summary>
    public required RuntimeStdio Stdio { get; init; }
}
