using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>A host's logger whose failures stay its own: a provider that throws must not fail the operation that logs.</summary>
internal sealed class UnfailingLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Unfailing.Get((inner, state), static s => s.inner.BeginScope(s.state));

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
#pragma warning disable CA1031 // whatever a provider throws
        catch
#pragma warning restore CA1031
        {
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Unfailing.Do(
            (inner, logLevel, eventId, state, exception, formatter),
            static s => s.inner.Log(s.logLevel, s.eventId, s.state, s.exception, s.formatter));
}
