namespace ContainerShim.Sdk.Events;

/// <summary>A publisher that takes events over before their receivers have them.</summary>
internal interface IBufferingPublisher
{
    /// <summary>How many events it has taken over that not every receiver has acknowledged.</summary>
    int Pending { get; }

    /// <summary>Ends when every receiver has acknowledged what was taken over so far, or when the token fires.</summary>
    Task FlushAsync(CancellationToken cancellationToken);
}
