namespace ContainerShim.Sdk.Events;

/// <summary>Hands events on: to containerd, to a channel in this process, or elsewhere.</summary>
/// <remarks>
/// The event log calls it for one event at a time and in order. It calls again with the same event, after a growing delay, for as
/// long as the call fails; so an implementation keeps no queue and makes no retries of its own. The event log owns its publisher, and
/// disposes of it after the last call, which an engine that ends waits for 5 seconds at most. Others may have disposed of it by then, so
/// disposal must be possible twice.
/// </remarks>
public interface IEventPublisher : IAsyncDisposable
{
    /// <summary>Delivers one event, and returns when the receiver has acknowledged it.</summary>
    /// <exception cref="EventRejectedException">The receiver will never take this event; the log goes on with the next.</exception>
    /// <exception cref="OperationCanceledException">The token fired; the event may have been delivered.</exception>
    /// <exception cref="Exception">Anything else: not delivered now; the log tries again.</exception>
    Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default);
}
