namespace ContainerShim.Sdk.Events;

/// <summary>Takes every event at once: nobody else wants them.</summary>
internal sealed class NoPublisher : IEventPublisher
{
    /// <inheritdoc/>
    public Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
