using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Protocol;

/// <summary>Converts instants to and from the wire, where "never" is Go's zero time.</summary>
/// <remarks>
/// Go's <c>time.Time{}</c> is the first second of year 1, and Go clients ask <c>IsZero()</c> of what they read. So an unset exit time is
/// written as that second rather than left out; both forms are read as null.
/// </remarks>
public static class WireTime
{
    /// <summary>Seconds of 0001-01-01T00:00:00Z relative to the Unix epoch.</summary>
    public const long GoZeroSeconds = -62_135_596_800;

    private const int NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Writes an instant, to its full 100 ns; null as Go's zero time.</summary>
    /// <remarks><see cref="DateTimeOffset.MinValue"/> is that very instant, and so comes back as null.</remarks>
    public static Timestamp ToWire(DateTimeOffset? instant)
    {
        if (instant is not { } value)
        {
            return new Timestamp { Seconds = GoZeroSeconds };
        }

        // Ticks count from year 1 and so are never negative: the nanoseconds count forward, as the format asks, before 1970 too.
        (long seconds, long ticks) = Math.DivRem(value.UtcTicks, TimeSpan.TicksPerSecond);
        return new Timestamp { Seconds = GoZeroSeconds + seconds, Nanos = (int)(ticks * TimeSpan.NanosecondsPerTick) };
    }

    /// <summary>Reads an instant in UTC; null when it is absent or Go's zero time. What is finer than 100 ns is cut off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such instant: the year is not 1 to 9999, or the nanoseconds are not below a second.</exception>
    public static DateTimeOffset? FromWire(Timestamp? timestamp)
    {
        if (timestamp is null or { Seconds: GoZeroSeconds, Nanos: 0 })
        {
            return null;
        }

        if (timestamp.Nanos is < 0 or >= NanosecondsPerSecond)
        {
            throw new ArgumentOutOfRangeException(nameof(timestamp), timestamp.Nanos, "The nanoseconds of a timestamp are not below one second.");
        }

        return DateTimeOffset.FromUnixTimeSeconds(timestamp.Seconds).AddTicks(timestamp.Nanos / TimeSpan.NanosecondsPerTick);
    }
}
