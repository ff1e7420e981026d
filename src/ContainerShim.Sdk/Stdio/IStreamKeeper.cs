using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// Holds copies of our ends of the streams of processes in a process that outlives this one, so that our death neither ends a
/// container (SIGPIPE, SIGHUP, the end of stdin) nor loses what it has written. Never blocks; safe for use from several threads.
/// </summary>
internal interface IStreamKeeper
{
    /// <summary>Keeps copies, before or after the process is made; those kept before of the same kind are replaced.</summary>
    void Keep(string key, IReadOnlyList<(StreamKind Kind, SafeHandle Stream)> streams);

    /// <summary>Closes the copies of some kinds.</summary>
    void Drop(string key, StreamKind kinds);

    /// <summary>New copies of what is kept; empty where nothing is.</summary>
    /// <exception cref="ShimException">ResourceExhausted: no descriptor is left. What is kept stays.</exception>
    Task<KeptStreams> TakeBackAsync(string key, CancellationToken cancellationToken);
}
