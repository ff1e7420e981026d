using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>The streams of one process that this process reads and writes itself. They outlast the process: what it wrote is there until it is read.</summary>
internal sealed class ProcessStreams(StdioPaths paths, IReactor reactor, TimeProvider time, ContainerStdio wanted, Action<ProcessStreams> onDispose) : IDisposable
{
    /// <summary>What stands for these streams in requests.</summary>
    internal StdioPaths Paths => paths;

    internal ProcessInput? Input { get; } = wanted.Input ? new ProcessInput(reactor) : null;

    internal ProcessOutput? Output { get; } = wanted.Output ? new ProcessOutput(reactor, time) : null;

    internal ProcessOutput? Error { get; } = wanted.Error ? new ProcessOutput(reactor, time) : null;

    internal bool Terminal => wanted.Terminal;

    internal (int Columns, int Rows) Size => (wanted.Columns, wanted.Rows);

    /// <summary>Closes what is open. What was not read is lost.</summary>
    public void Dispose()
    {
        Input?.Dispose();
        Output?.Dispose();
        Error?.Dispose();
        onDispose(this);
    }

    /// <summary>The process is removed: what it wrote is its reader's now, who holds nothing but memory.</summary>
    internal void Release()
    {
        Input?.Dispose();
        EndWhenEmpty();
        onDispose(this);
    }

    /// <summary>Closes what is open as the end of this process would: the process is not told the end of its input, and what is kept stays.</summary>
    internal void LetGo()
    {
        Input?.LetGo();
        Output?.Dispose();
        Error?.Dispose();
        onDispose(this);
    }

    internal void EndAtHangUp()
    {
        Output?.EndAtHangUp();
        Error?.EndAtHangUp();
    }

    internal void EndWhenEmpty()
    {
        Output?.EndWhenEmpty();
        Error?.EndWhenEmpty();
    }
}
