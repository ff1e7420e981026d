using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>Remembers which messages were logged.</summary>
internal sealed class LogRecorder : ILogger
{
    private readonly List<int> _ids = [];

    /// <summary>How often a message was logged.</summary>
    public int Count(int eventId)
    {
        lock (_ids)
        {
            return _ids.Count(id => id == eventId);
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_ids)
        {
            _ids.Add(eventId.Id);
        }
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
