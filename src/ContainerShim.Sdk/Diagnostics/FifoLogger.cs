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
    /// <summary>PIPE_BUF: so much is written into a pipe as a whole or not at all, see pipe(7).</summary>
    private const int MaxLength = 4096;

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

        Write(logLevel, $"msg={Quoted.Text(formatter(state, exception))}{ErrorOf(exception)}");
    }

    /// <summary>What is expected to fail says enough by its message; of a defect the place is wanted, too.</summary>
    private static string ErrorOf(Exception? exception) => exception switch
    {
        null => "",
        ShimException or IOException or LinuxException or UnauthorizedAccessException or OperationCanceledException or { StackTrace: null } =>
            $" error={Quoted.Text(exception.Message)}",
        _ => $" error={Quoted.Text($"{exception.GetType().Name}: {exception.Message}")} stack={Quoted.Text(exception.StackTrace)}",
    };

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "fatal",
    };

    private void Write(LogLevel level, string fields)
    {
        lock (_lock)
        {
            // The note about dropped lines goes with the line, so that notes do not fill the space in which no line fits.
            byte[] note = _dropped == 0 ? [] : Line(LogLevel.Warning, $"msg=\"{_dropped} log lines were dropped: nobody read them\"");
            _dropped = Libc.Write(fifo, [.. note, .. Cut(Line(level, fields), MaxLength - note.Length)]) >= 0 ? 0 : _dropped + 1;
        }
    }

    private byte[] Line(LogLevel level, string fields) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"time=\"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'}\" level={Name(level)} {fields}\n"));

    /// <summary>A longer line would not be written in one piece. The cut leaves no half character, and no backslash that would take the closing quote.</summary>
    private static ReadOnlySpan<byte> Cut(byte[] line, int maxLength)
    {
        if (line.Length <= maxLength)
        {
            return line;
        }

        ReadOnlySpan<byte> end = "...\"\n"u8;
        int length = maxLength - end.Length;
        while ((line[length] & 0xC0) == 0x80)
        {
            length--;
        }

        int escape = line.AsSpan(0, length).LastIndexOfAnyExcept((byte)'\\') + 1;
        length -= (length - escape) % 2;
        end.CopyTo(line.AsSpan(length));
        return line.AsSpan(0, length + end.Length);
    }
}
