using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Writes log lines to the FIFO from which containerd copies them into its own log, in the same format.</summary>
/// <remarks>
/// While containerd is away nobody reads, and a pipe that is full would block the shim with all its containers. So a line that does
/// not fit is dropped and counted, and the next one that fits says so.
/// </remarks>
internal sealed class FifoLogger(SafeFd fifo, TimeProvider time, LogLevel minimum) : ILogger
{
    private readonly Lock _lock = new();
    private long _dropped;

    /// <summary>Opens the FIFO <c>log</c> in the bundle; a logger to nowhere where there is none.</summary>
    public static FifoLogger Open(string path, TimeProvider time, LogLevel minimum)
    {
        try
        {
            // Opened for reading too, so that opening and writing never fail for want of a reader.
            return new FifoLogger(Libc.Open(path, OpenFlags.ReadWrite | OpenFlags.NonBlocking), time, minimum);
        }
        catch (LinuxException)
        {
            return new FifoLogger(Libc.Open("/dev/null", OpenFlags.WriteOnly), time, minimum);
        }
    }

    /// <summary>Lets what the runtime itself prints on a crash go the same way.</summary>
    public void TakeOverStandardError() => Libc.DuplicateTo(fifo, 2);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        StringBuilder line = new();
        line.Append("time=\"").Append(time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture));
        line.Append("\" level=").Append(Name(logLevel)).Append(" msg=");
        AppendQuoted(line, formatter(state, exception));
        if (exception is not null)
        {
            line.Append(" error=");
            AppendQuoted(line, exception.Message);
        }

        Write(line.Append('\n').ToString());
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    /// <summary>One line, whatever the text holds: nobody can forge a line or send an escape sequence to a terminal.</summary>
    private static void AppendQuoted(StringBuilder line, string text)
    {
        line.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => line.Append("\\\""),
                '\\' => line.Append("\\\\"),
                '\n' => line.Append("\\n"),
                '\t' => line.Append("\\t"),
                < ' ' or '\x7f' => line.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)),
                _ => line.Append(c),
            };
        }

        line.Append('"');
    }

    private void Write(string line)
    {
        lock (_lock)
        {
            if (_dropped > 0)
            {
                line = $"time=\"{time.GetUtcNow():O}\" level=warning msg=\"{_dropped} log lines were dropped: nobody read them\"\n" + line;
            }

            byte[] bytes = Encoding.UTF8.GetBytes(line);
            if (Libc.Write(fifo, bytes) >= 0)
            {
                _dropped = 0;
            }
            else
            {
                _dropped++;
            }
        }
    }
}
