namespace ContainerShim.Sdk.Events;

/// <summary>How the event log of a shim deals with a receiver that is away.</summary>
public sealed class EventLogOptions
{
    /// <summary>
    /// How many events wait at the most. Beyond it the oldest give way; exits and deletions never do. Default: 100,000, about 50 MB
    /// when full.
    /// </summary>
    public int Capacity { get; set; } = 100_000;

    /// <summary>
    /// How long the first attempt to deliver an event may take. Default: 5 s, as containerd's own shim. Each that takes longer doubles the
    /// time of the next, to twelve times this: a receiver that is merely slow would get the same event again for ever.
    /// </summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Delay before the second attempt; it doubles from there. Default: 25 ms.</summary>
    public TimeSpan FirstRetryDelay { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Longest delay between attempts. Default: 500 ms, so that a receiver that returns is found within a second.</summary>
    public TimeSpan LongestRetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    internal IEnumerable<string> Mistakes() => OptionRules.Failures(
        (Capacity > 0, "EventLog:Capacity must be at least 1."),
        (OptionRules.IsDuration(AttemptTimeout), "EventLog:AttemptTimeout must be longer than zero and shorter than 24 days."),
        (OptionRules.IsDuration(FirstRetryDelay), "EventLog:FirstRetryDelay must be longer than zero and shorter than 24 days."),
        (LongestRetryDelay >= FirstRetryDelay && LongestRetryDelay.TotalMilliseconds <= int.MaxValue,
            "EventLog:LongestRetryDelay must not be shorter than EventLog:FirstRetryDelay, and shorter than 24 days."));
}
