using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>One stream from a process to its sink; it owns both. Used on the reactor's thread, but for <see cref="Ended"/>.</summary>
internal sealed class OutputStream(StdioServices services, IOutputSink sink, string name)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SafeFd? _source;
    private bool _sourceIsPipe;
    private Relay? _relay;

    /// <summary>Ends when nothing is read from the process any more. Never faults.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Ends when nothing waits for a reader that has yet to come.</summary>
    internal Task Taken => sink.Taken;

    /// <summary>Ends when there is no writer any more.</summary>
    internal Task Closed => sink.Closed;

    /// <summary>Whether a reader was there to see the end.</summary>
    internal bool HadReader => sink.HadReader;

    /// <summary>What became of the output so far. May be read at any time.</summary>
    internal StreamCounters Counters { get; } = new(name, services.Totals);

    /// <summary>Begins to relay from a pipe, or from a terminal.</summary>
    internal void Begin(SafeFd source, bool isPipe)
    {
        _source = source;
        _sourceIsPipe = isPipe;
        _relay = new Relay(services, source, sink.Waitable, sink.OpenMover(source, isPipe, Counters, () => _relay?.Resume()), OnEnd);
    }

    internal void EndAtHangUp() => _relay?.EndAtHangUp();

    internal void EndWhenEmpty() => _relay?.EndWhenEmpty(_sourceIsPipe);

    internal void Stop() => _relay?.End();

    internal void Close()
    {
        _relay?.End();
        _source?.Dispose();
        sink.Dispose();
        _ended.TrySetResult();
    }

    private void OnEnd()
    {
        _source?.Dispose();
        sink.Finish(anythingWritten: Counters.Taken > 0);
        _ended.TrySetResult();
    }
}
