using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>One stream from a process to its sink; it owns both. Used on the reactor's thread, but for <see cref="Ended"/>.</summary>
internal sealed class OutputStream(StdioServices services, IOutputSink sink)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SafeFd? _source;
    private bool _sourceIsPipe;
    private Relay? _relay;

    /// <summary>Ends when nothing is read from the process any more. Never faults.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Begins to relay from a pipe, or from a terminal.</summary>
    internal void Begin(SafeFd source, bool isPipe)
    {
        _source = source;
        _sourceIsPipe = isPipe;
        RelayKind kind = isPipe && sink.IsPipe ? RelayKind.Splice : RelayKind.Copy;
        RelayMover mover = new(services, source, sink.Target, kind, dropsOnFailure: true);
        _relay = new Relay(services, source, sink.Target, mover, sink.IsPipe, () => OnEnd(mover.Total > 0));
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

    private void OnEnd(bool anythingWritten)
    {
        _source?.Dispose();
        sink.Finish(anythingWritten);
        _ended.TrySetResult();
    }
}
