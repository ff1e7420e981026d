using System.Text;
using System.Text.Json;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Runc;

/// <summary>
/// What one call adds to the runtime's log. The file grows over the life of a container, so what was there before the call is left
/// aside: an old error must not explain a new failure.
/// </summary>
internal sealed class RuntimeLog
{
    private const int Limit = 1024 * 1024;

    private readonly string _path;
    private readonly long _start;

    /// <summary>Notes where the log ends; to be called before the runtime starts.</summary>
    internal RuntimeLog(string path)
    {
        _path = path;
        _start = LengthOf(path);
    }

    /// <summary>Whether the runtime has written something, an error or not.</summary>
    internal bool HasGrown => LengthOf(_path) > _start;

    /// <summary>Whether a runtime failed of opening its log, before it did anything: <c>open /x/log.json: read-only file system</c>, in crun's words <c>open log file …</c>.</summary>
    internal static bool IsUnwritable(string failure) =>
        (failure.Contains("log.json: ", StringComparison.Ordinal) || failure.Contains("open log file", StringComparison.Ordinal))
        && (failure.Contains("read-only file system", StringComparison.OrdinalIgnoreCase) || failure.Contains("no space left on device", StringComparison.OrdinalIgnoreCase)
            || failure.Contains("no such file or directory", StringComparison.OrdinalIgnoreCase));

    /// <summary>The text for a client: the runtime's own words where it left any, otherwise how it ended.</summary>
    internal string Explain(string prefix, string failure)
    {
        try
        {
            string error = LastError(Read());
            return error.Length > 0 ? $"{prefix}: {error}" : $"{prefix}: {failure}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return $"{prefix}: unable to retrieve OCI runtime error ({Describe(exception)}): {failure}";
        }
    }

    /// <summary>The message of the last entry whose level is error; empty when there is none.</summary>
    /// <exception cref="FormatException">Not JSON, or cut off; the text is Go's.</exception>
    internal static string LastError(ReadOnlySpan<byte> log)
    {
        string last = "";
        Utf8JsonReader reader = new(log, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { AllowMultipleValues = true }));
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.StartObject && ReadEntry(ref reader) is { } error)
                {
                    last = error;
                }
            }
        }
        catch (JsonException exception)
        {
            ReadOnlySpan<byte> rest = log[(int)reader.BytesConsumed..].TrimStart(" \t\r\n"u8);
            char found = rest.Length > 0 ? (char)rest[0] : ' ';
            throw new FormatException($"invalid character '{found}' looking for beginning of value", exception);
        }

        bool isCutOff = reader.CurrentDepth > 0 || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray
            || !log[(int)reader.BytesConsumed..].Trim(" \t\r\n"u8).IsEmpty;
        return isCutOff ? throw new FormatException("unexpected EOF") : last;
    }

    private static string? ReadEntry(ref Utf8JsonReader reader)
    {
        bool isError = false;
        string message = "";
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isLevel = reader.ValueTextEquals("level"u8);
            bool isMessage = reader.ValueTextEquals("msg"u8);
            if (!reader.Read())
            {
                break;
            }

            if (reader.TokenType == JsonTokenType.String)
            {
                isError = isLevel ? reader.ValueTextEquals("error"u8) : isError;
                message = isMessage ? Text(ref reader) : message;
            }

            while (reader.CurrentDepth > depth + 1 || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                if (!reader.Read())
                {
                    return null;
                }
            }
        }

        return isError && reader.TokenType == JsonTokenType.EndObject ? message.Trim() : null;
    }

    /// <summary>A string that may hold what a container made the runtime print: not always Unicode.</summary>
    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.ValueIsEscaped ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    private static long LengthOf(string path)
    {
        FileInfo file = new(path);
        return file.Exists ? file.Length : 0;
    }

    private byte[] Read()
    {
        using SafeFileHandle file = File.OpenHandle(_path);
        long length = RandomAccess.GetLength(file);
        long start = _start <= length ? _start : 0;
        bool isCut = length - start > Limit;
        start = isCut ? length - Limit : start;
        byte[] log = new byte[length - start];
        int count = RandomAccess.Read(file, log, start);
        int first = isCut ? log.AsSpan(0, count).IndexOf((byte)'\n') + 1 : 0;
        return log[first..count];
    }

    private string Describe(Exception exception) => exception switch
    {
        FormatException => exception.Message,
        FileNotFoundException or DirectoryNotFoundException => $"open {_path}: {LinuxException.Describe(Errno.ENOENT)}",
        UnauthorizedAccessException => $"open {_path}: {LinuxException.Describe(Errno.EACCES)}",
        _ => $"read {_path}: {exception.Message}",
    };
}
