using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// A FIFO, both ends of which are held while the process runs: so a reader may come late, leave and come back, and the process neither
/// gets SIGPIPE nor ends. While there is no reader the FIFO fills up, and then the process waits.
/// </summary>
internal sealed class FifoSink(StdioServices services, SafeFd reader, SafeFd writer) : IOutputSink
{
    private static readonly TimeSpan LatePeriod = TimeSpan.FromMilliseconds(100);

    private ITimer? _lateTimer;
    private bool _anythingWritten;

    /// <inheritdoc/>
    public SafeFd Target => writer;

    /// <inheritdoc/>
    public bool IsPipe => true;

    /// <inheritdoc/>
    public void Finish(bool anythingWritten)
    {
        _anythingWritten = anythingWritten;
        reader.Dispose();
        CloseIfServed();
        if (!writer.IsClosed)
        {
            // What is in a FIFO is lost when its last descriptor is closed, and a reader that opens it after that waits for ever.
            _lateTimer ??= services.Time.CreateTimer(_ => services.Reactor.Post(CloseIfServed), null, LatePeriod, LatePeriod);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lateTimer?.Dispose();
        reader.Dispose();
        writer.Dispose();
    }

    /// <summary>Closes the writing end when a reader is there, who then sees the data and the end, or when one has been and taken all.</summary>
    private void CloseIfServed()
    {
        if (writer.IsClosed)
        {
            return;
        }

        bool hasReader = (Libc.PollNow(writer, PollEvents.Writable) & PollEvents.Error) == 0;
        if (hasReader || (_anythingWritten && Libc.BytesWaiting(writer) == 0))
        {
            Dispose();
        }
    }
}
