namespace ContainerShim.Sdk.Events;

/// <summary>What is around a publisher, which it owns.</summary>
internal abstract class PublisherDecorator(IEventPublisher inner) : IEventPublisher
{
    protected IEventPublisher Inner => inner;

    /// <inheritdoc/>
    public abstract Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>The publisher that takes events over, whatever is around it; null where they go to their receiver at once.</summary>
    internal static IBufferingPublisher? FindBuffer(IEventPublisher publisher) =>
        publisher is PublisherDecorator decorator ? FindBuffer(decorator.Inner) : publisher as IBufferingPublisher;
}
