using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Where the output of a process goes. Used on the reactor's thread once the relay has begun.</summary>
internal interface IOutputSink : IDisposable
{
    /// <summary>What to wait for when there is no room; null for what cannot be waited for.</summary>
    SafeFd? Waitable { get; }

    /// <summary>Makes what moves the output there; it is called once.</summary>
    /// <param name="source">The process's pipe or terminal.</param>
    /// <param name="isPipe">Whether it is a pipe.</param>
    /// <param name="counters">To be kept up to date.</param>
    /// <param name="onRoom">Is called on the reactor's thread after <see cref="RelayStep.NoRoom"/>, when another attempt is worth making.</param>
    IRelayMover OpenMover(SafeFd source, bool isPipe, StreamCounters counters, Action onRoom);

    /// <summary>Ends, after <see cref="Finish"/>, when nothing that was written still waits for a reader to come.</summary>
    Task Taken { get; }

    /// <summary>Ends, after <see cref="Finish"/>, when there is no writer any more.</summary>
    Task Closed => Taken;

    /// <summary>Whether a reader was there to see the end. Only for sinks that readers come to.</summary>
    bool HadReader => false;

    /// <summary>Nothing will be written any more: let the reader see the end. Disposal follows sooner or later.</summary>
    void Finish(bool anythingWritten);
}
