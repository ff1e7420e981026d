using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Stdio;

/// <summary>The connected standard streams of one process. Safe for use from several threads.</summary>
internal interface IProcessStdio : IAsyncDisposable
{
    /// <summary>The process's own ends, for the runtime.</summary>
    RuntimeStdio ChildEnds { get; }

    /// <summary>What became of the output so far, a stream each; none where the shim does not move it.</summary>
    IReadOnlyList<StreamCounters> Counters { get; }

    /// <summary>
    /// To be called when the runtime has made the process: closes our copies of its ends, receives the console where there is one,
    /// and begins to relay.
    /// </summary>
    Task AttachAsync(CancellationToken cancellationToken);

    /// <summary>Closes our writing end of the stdin FIFO, so that the process sees the end once other writers are gone. May be called at any time, and twice.</summary>
    void CloseStdin();

    /// <summary>Sets the size of the terminal; does nothing without one.</summary>
    void Resize(int width, int height);

    /// <summary>
    /// To be called as soon as the process is known to have ended: from now on the hang-up of a terminal is the end of its output, which
    /// a client waits for before it deletes the process. Does nothing for pipes, which tell their end themselves.
    /// </summary>
    void NoteExit();

    /// <summary>
    /// Passes on what the process, which has ended, left in its pipes. Ends early when the pipes are empty, though another process
    /// may still hold them; at the latest when the token fires.
    /// </summary>
    Task DrainAsync(CancellationToken cancellationToken);
}
