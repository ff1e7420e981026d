namespace ContainerShim.Sdk.Stdio;

/// <summary>What a log file owes its reader since it could not be written.</summary>
internal sealed class LogLoss
{
    private string? _reason;

    /// <summary>Whether the file can be written, as far as is known.</summary>
    internal bool IsEmpty => _reason is null;

    internal string Reason => _reason ?? "";

    internal long Bytes { get; private set; }

    internal long Lines { get; private set; }

    internal void Begin(string reason) => _reason ??= reason;

    internal void Add(LogFile.Mark mark)
    {
        int lines = mark.EndsLine ? 1 : 0;
        Bytes += mark.Payload;
        Lines += lines;
        mark.Counters.AddDropped(mark.Payload, lines);
    }

    internal void End()
    {
        _reason = null;
        Bytes = Lines = 0;
    }
}
