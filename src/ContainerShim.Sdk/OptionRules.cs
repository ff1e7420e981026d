using ContainerShim.Sdk.Runtimes;

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

    /// <summary>The texts of what is wrong with options for the runtime.</summary>
    internal static IEnumerable<string> Failures(RuntimeOptions? options) => options is null ? ["RuntimeOptions is null."] : Failures(
        (options.BinaryName is not null, "RuntimeOptions:BinaryName is null; leave it empty for runc."),
        (options.BinaryName is null || options.BinaryName.StartsWith('/') || !options.BinaryName.Contains('/', StringComparison.Ordinal),
            $"RuntimeOptions:BinaryName '{options.BinaryName}' is neither a name nor an absolute path."),
        (options.Root is not null, "RuntimeOptions:Root is null; leave it empty for one in the state directory."),
        (options.Root is null or "" || Path.IsPathRooted(options.Root), $"RuntimeOptions:Root '{options.Root}' is not an absolute path."));

    /// <exception cref="ShimException">InvalidArgument: there are mistakes; the message has them all.</exception>
    internal static void Demand(IReadOnlyList<string> mistakes)
    {
        if (mistakes.Count > 0)
        {
            throw ShimException.InvalidArgument(string.Join(' ', mistakes));
        }
    }
}
