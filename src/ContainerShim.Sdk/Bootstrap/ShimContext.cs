using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>What a part of a shim binary may want to know about the process it is part of.</summary>
public sealed record ShimContext
{
    internal ShimContext()
    {
    }

    /// <summary>The containerd namespace.</summary>
    public required string ContainerdNamespace { get; init; }

    /// <summary>The id the shim was started for.</summary>
    public required string Id { get; init; }

    /// <summary>containerd's gRPC socket.</summary>
    public required string ContainerdAddress { get; init; }

    /// <summary>containerd's ttrpc socket; empty when containerd did not say.</summary>
    public required string ContainerdTtrpcAddress { get; init; }

    /// <summary>containerd's binary, whose <c>publish</c> command takes events.</summary>
    public required string ContainerdBinary { get; init; }

    /// <summary>Writes to containerd's log.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>What the shim itself works with on this machine: to start processes, to signal them, or to wrap the runc runtime.</summary>
    public required LinuxHost Host { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
