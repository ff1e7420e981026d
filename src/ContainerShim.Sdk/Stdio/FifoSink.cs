using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// A FIFO, both ends of which are held while the process runs: so a reader may come late, leave and come back, and the process neither
/// gets SIGPIPE nor ends. While there is no reader the FIFO fills up, and then the policy for slow readers says what happens.
/// </summary>
internal sealed class FifoSink(StdioServices services, SafeFd reader, SafeFd writer, SlowReader slowReader) : IOutputSink
{
    /// <summary>How often a reader is looked for where nothing tells that one has come.</summary>
    private static readonly TimeSpan LatePeriod = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDisposable? _lateReader;
    private bool _anythingWritten;
    private volatile bool _hadReader;

    /// <inheritdoc/>
    public SafeFd? Waitable => writer;

    /// <inheritdoc/>
    public Task Taken => _taken.Task;

    /// <inheritdoc/>
    public Task Closed => _closed.Task;

    /// <inheritdoc/>
    public bool HadReader => _hadReader;

    /// <inheritdoc/>
    public IRelayMover OpenMover(SafeFd source, bool isPipe, StreamCounters counters, Action onRoom)
    {
        RelayKind kind = isPipe ? RelayKind.Splice : RelayKind.Copy;
        return OpenBacklog(counters, onRoom) is { } backlog
            ? new BufferedMover(services, source, writer, kind, backlog, counters)
            : new RelayMover(services, source, writer, kind, dropsOnFailure: true, counters);
    }

    /// <inheritdoc/>
    public void Finish(bool anythingWritten)
    {
        _anythingWritten = anythingWritten;
        reader.Dispose();
        CloseIfServed();
        if (!writer.IsClosed)
        {
            if (!anythingWritten)
            {
                _taken.TrySetResult();
            }

            // What is in a FIFO is lost when its last descriptor is closed, and a reader that opens it after that waits for ever.
            _lateReader ??= AwaitReader();

            // It may have come before it was watched for.
            CloseIfServed();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lateReader?.Dispose();
        reader.Dispose();
        writer.Dispose();
        _taken.TrySetResult();
        _closed.TrySetResult();
    }

    private IBacklog? OpenBacklog(StreamCounters counters, Action onChange) => slowReader.Policy switch
    {
        SlowReaderPolicy.DropOldest => new MemoryBacklog((int)slowReader.Size, counters),
        SlowReaderPolicy.Spill => new FileBacklog(
            services, () => services.MakeSpillFile(services.Options.SpillDirectory, slowReader.Size), slowReader.Size, counters, onChange),
        _ => null,
    };

    /// <summary>
    /// A writing end without a reader is ready for epoll(7) all the time, and is not told that one opens the other end (pipe_poll waits for
    /// room); inotify(7) tells it, so that a FIFO that nobody ever reads costs nothing.
    /// </summary>
    private IDisposable AwaitReader()
    {
        try
        {
            return services.Inotify.Watch(FifoOpener.PathOf(writer), InotifyMask.Open, CloseIfServed);
        }
        catch (LinuxException)
        {
            // No instance or watch is left (fs.inotify.max_user_instances).
            return services.Time.CreateTimer(_ => services.Reactor.Post(CloseIfServed), null, LatePeriod, LatePeriod);
        }
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
            _hadReader = hasReader;
            Dispose();
        }
    }
}
