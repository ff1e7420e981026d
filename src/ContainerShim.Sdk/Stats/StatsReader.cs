using ContainerShim.Sdk.Protocol;

namespace ContainerShim.Sdk.Stats;

/// <summary>Turns the metrics of a cgroup, which are encoded as containerd wants them, into what a program reads.</summary>
internal static class StatsReader
{
    /// <exception cref="ShimException">Unimplemented: metrics of another kind, from a cgroup loader of the host's own.</exception>
    internal static ContainerStats Read(TypedPayload metrics, DateTimeOffset timestamp) => metrics.TypeUrl switch
    {
        TypeUrls.CgroupsV1Metrics => StatsV1.Convert(Protocol.Cgroups.V1.Metrics.Parser.ParseFrom(metrics.Value.Span), timestamp),
        TypeUrls.CgroupsV2Metrics => StatsV2.Convert(Protocol.Cgroups.V2.Metrics.Parser.ParseFrom(metrics.Value.Span), timestamp),
        string other => throw ShimException.Unimplemented($"statistics from {other}"),
    };

    /// <summary>A limit; v2 writes <c>max</c> for none, v1 the largest multiple of a page.</summary>
    internal static long? Limit(ulong value) => value is 0 or >= long.MaxValue - 0xFFFF ? null : (long)value;

    internal static long Count(ulong value) => (long)Math.Min(value, long.MaxValue);

    internal static TimeSpan FromNanoseconds(ulong value) => TimeSpan.FromTicks(Count(value / 100));

    internal static TimeSpan FromMicroseconds(ulong value) => TimeSpan.FromTicks(Count(value) * TimeSpan.TicksPerMicrosecond);
}
