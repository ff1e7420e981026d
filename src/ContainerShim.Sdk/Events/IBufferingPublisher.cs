namespace ContainerShim.Sdk.Events;

/// <summary>A publisher that takes events over before their receivers have them.</summary>
internal interface IBufferingPublisher
{
    /// <summary>How many events it has taken over that not every receiver has acknowledged.</summary>
    int Pending { get; }

    /// <summary>Is called, on any thread, with each exit that every receiver has acknowledged or refused.</summary>
    Action<EventEnvelope>? OnExitAcknowledged { set; }

    /// <summary>Whether the exit of a container's init process was taken over and a receiver has not acknowledged it.</summary>
    bool HasExit(string containerId);

    /// <summary>Ends when every receiver has acknowledged what was taken over so far, or when the token fires.</summary>
    Task FlushAsync(CancellationToken cancellationToken);
}
