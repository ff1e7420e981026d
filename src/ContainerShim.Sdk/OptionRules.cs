namespace ContainerShim.Sdk;

/// <summary>What options of several kinds must be.</summary>
internal static class OptionRules
{
    /// <summary>Whether timers take it; they count milliseconds in 32 bits.</summary>
    internal static bool IsDuration(TimeSpan value) => value > TimeSpan.Zero && value.TotalMilliseconds <= int.MaxValue;

    /// <summary>Whether timers take it, or it is for ever.</summary>
    internal static bool IsLimit(TimeSpan value) => value == Timeout.InfiniteTimeSpan || IsDuration(value);

    /// <summary>The texts of what does not hold.</summary>
    internal static IEnumerable<string> Failures(params IEnumerable<(bool Holds, string Text)> rules) =>
        rules.Where(static rule => !rule.Holds).Select(static rule => rule.Text);

    /// <exception cref="ShimException">InvalidArgument: there are mistakes; the message has them all.</exception>
    internal static void Demand(IReadOnlyList<string> mistakes)
    {
        if (mistakes.Count > 0)
        {
            throw ShimException.InvalidArgument(string.Join(' ', mistakes));
        }
    }
}
