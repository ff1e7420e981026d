namespace ContainerShim.Sdk.Events;

/// <summary>Sees what an event log does. It must neither block nor fail.</summary>
internal interface IEventObserver
{
    /// <summary>An event is about to be logged, under the lock that decides the order. May add a trace context.</summary>
    EventEnvelope OnLogging(EventEnvelope envelope);

    /// <summary>An event that had not been delivered made room for another.</summary>
    void OnGivenUp(EventEnvelope envelope);
}
