namespace ContainerShim.Sdk.Events;

/// <summary>An event with its place in the log of its shim.</summary>
/// <param name="Sequence">Counts from 1 in each shim, without gaps as far as events were not coalesced.</param>
/// <param name="Timestamp">Wall clock time at which it was logged.</param>
/// <param name="ContainerdNamespace">The containerd namespace of the shim.</param>
/// <param name="Event">What happened.</param>
public sealed record EventEnvelope(long Sequence, DateTimeOffset Timestamp, string ContainerdNamespace, ShimEvent Event)
{
    /// <summary>
    /// The W3C <c>traceparent</c> of the operation that caused the event, which publishers pass on. Default: null, it is not traced.
    /// </summary>
    public string? TraceParent { get; init; }

    /// <summary>The W3C <c>tracestate</c> that belongs to <see cref="TraceParent"/>. Default: null, there is none.</summary>
    public string? TraceState { get; init; }
}
