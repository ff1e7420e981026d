namespace ContainerShim.Sdk.Events;

/// <summary>An event with its place in the log of its shim.</summary>
public sealed record EventEnvelope
{
    /// <summary>Counts from 1 in each shim, without gaps as far as events were not coalesced.</summary>
    public required long Sequence { get; init; }

    /// <summary>Wall clock time at which it was logged.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The containerd namespace of the shim.</summary>
    public required string ContainerdNamespace { get; init; }

    /// <summary>What happened.</summary>
    public required ShimEvent Event { get; init; }

    /// <summary>
    /// The W3C <c>traceparent</c> of the operation that caused the event, which publishers pass on. Default: null, it is not traced.
    /// </summary>
    public string? TraceParent { get; init; }

    /// <summary>The W3C <c>tracestate</c> that belongs to <see cref="TraceParent"/>. Default: null, there is none.</summary>
    public string? TraceState { get; init; }
}
