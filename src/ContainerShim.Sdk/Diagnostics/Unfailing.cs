using System.Diagnostics.Metrics;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Calls into what listens: listeners run the code of others, and their failures must not become the operation's.</summary>
internal static class Unfailing
{
    public static void Do<TState>(TState state, Action<TState> action)
    {
        try
        {
            action(state);
        }
#pragma warning disable CA1031 // whatever a listener throws
        catch
#pragma warning restore CA1031
        {
            // There is nobody to tell: telling is what failed.
        }
    }

    public static TResult? Get<TState, TResult>(TState state, Func<TState, TResult?> function)
        where TResult : class
    {
        try
        {
            return function(state);
        }
#pragma warning disable CA1031 // whatever a listener throws
        catch
#pragma warning restore CA1031
        {
            return null;
        }
    }

    public static void Count(Counter<long> counter, params ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        try
        {
            counter.Add(1, tags);
        }
#pragma warning disable CA1031 // whatever a listener throws
        catch
#pragma warning restore CA1031
        {
            // As above.
        }
    }
}
