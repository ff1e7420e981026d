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

    internal void Add(StreamCounters counters, int bytes, int lines)
    {
        Bytes += bytes;
        Lines += lines;
        counters.AddDropped(bytes, lines);
    }

    /// <summary>Takes over what another one owes.</summary>
    internal void Take(LogLoss other)
    {
        if (other.Bytes > 0)
        {
            Begin(other.Reason);
            Bytes += other.Bytes;
            Lines += other.Lines;
        }

        other.End();
    }

    internal void End()
    {
        _reason = null;
        Bytes = Lines = 0;
    }
}
