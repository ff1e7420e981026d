using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A publisher to check, and the other end of it.</summary>
public sealed class PublisherSubject : ConformanceSubject
{
    /// <summary>Makes a publisher to the receiver; a check disposes it.</summary>
    public required Func<IEventPublisher> MakePublisher { get; init; }

    /// <summary>Takes the next event at the receiver.</summary>
    public required Func<CancellationToken, ValueTask<EventEnvelope>> ReceiveAsync { get; init; }

    /// <summary>Lets the receiver go away. Default: null, it cannot; a check that needs it does not apply then.</summary>
    public Func<Task>? GoAwayAsync { get; init; }

    /// <summary>Lets the receiver come back.</summary>
    public Func<Task>? ComeBackAsync { get; init; }
}
