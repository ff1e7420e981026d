using System.Runtime.InteropServices;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Reaper;

/// <summary>The reaper of an engine, as its parts use it. One that is killed is replaced when the next process is started.</summary>
internal sealed partial class ReaperLink : IReaper
{
    /// <summary>Of no use to anybody, it ends at once.</summary>
    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(2);

    private readonly IReactor _reactor;
    private readonly ReaperHandshake _handshake;
    private readonly ILogger _logger;

    /// <summary>Held while another reaper is started, which the reactor's thread has its part in: never taken there.</summary>
    private readonly Lock _reconnecting = new();
    private volatile ReaperConnection _connection;

    /// <summary>Connects to the reaper of a state directory, or starts it.</summary>
    /// <exception cref="ShimException">FailedPrecondition, Unavailable: see <see cref="ReaperHandshake.Connect"/>.</exception>
    internal ReaperLink(IReactor reactor, string directory, ILogger logger)
    {
        _reactor = reactor;
        _handshake = new ReaperHandshake(reactor, directory);
        _logger = logger;
        (_connection, Pid) = _handshake.Connect(OnLost);
    }

    /// <summary>The reaper's process.</summary>
    internal int Pid { get; private set; }

    /// <inheritdoc/>
    public IProcessSpawner SpawnerFor(PidfdProcessMonitor monitor) => new ReaperSpawner(this, monitor, _logger);

    /// <inheritdoc/>
    public void Ask(SafeFd pidfd, bool leaveZombie, Action<StatusAnswer> onAnswer) => Current.Send(
        new ReaperRequest { Operation = ReaperOperation.Collect, Flags = leaveZombie ? ReaperRequest.Peek : 0, Descriptors = [pidfd] },
        reply => onAnswer(reply.Error switch
        {
            0 => new StatusAnswer(StatusAnswerKind.Ended, reply.ExitCode),
            Errno.ECHILD or Errno.ENOTCONN => new StatusAnswer(StatusAnswerKind.NoChild),
            _ => new StatusAnswer(StatusAnswerKind.NotYet),
        }));

    /// <inheritdoc/>
    public void Collect(SafeFd pidfd) => Current.Send(new ReaperRequest { Operation = ReaperOperation.Collect, Descriptors = [pidfd] });

    /// <inheritdoc/>
    public void Pin(int pid) => Current.Send(new ReaperRequest { Operation = ReaperOperation.Pin, Pid = pid });

    /// <inheritdoc/>
    public void Unpin(int pid) => Current.Send(new ReaperRequest { Operation = ReaperOperation.Unpin, Pid = pid });

    /// <inheritdoc/>
    public void Find(Predicate<int> skip, Action<IReadOnlyList<int>> onFound) => Current.Send(
        new ReaperRequest { Operation = ReaperOperation.Zombies },
        reply => onFound([.. MemoryMarshal.Cast<byte, int>(reply.Payload)]));

    /// <inheritdoc/>
    public void Collect(int pid, Action<int> onCollected) => Current.Send(
        new ReaperRequest { Operation = ReaperOperation.Collect, Pid = pid },
        reply =>
        {
            if (reply.Error == 0)
            {
                onCollected(reply.ExitCode);
            }
        });

    /// <inheritdoc/>
    public void Keep(string key, IReadOnlyList<(StreamKind Kind, SafeHandle Stream)> streams)
    {
        if (streams.Count == 0)
        {
            return;
        }

        (StreamKind Kind, SafeHandle Stream)[] ordered = [.. streams.OrderBy(static stream => stream.Kind)];
        StreamKind kinds = ordered.Aggregate((StreamKind)0, static (kinds, stream) => kinds | stream.Kind);
        Current.Send(
            Keyed(ReaperOperation.Store, key) with { Kinds = (ulong)kinds, Descriptors = [.. ordered.Select(static stream => stream.Stream)] },
            reply =>
            {
                if (reply.Error != 0)
                {
                    LogNotKept(_logger, key, LinuxException.Describe(reply.Error));
                }
            });
    }

    /// <inheritdoc/>
    public void Drop(string key, StreamKind kinds) => Current.Send(Keyed(ReaperOperation.Drop, key) with { Kinds = (ulong)kinds });

    /// <inheritdoc/>
    public async Task<KeptStreams> TakeBackAsync(string key, CancellationToken cancellationToken)
    {
        ReaperReply reply = await AskAsync(Keyed(ReaperOperation.Fetch, key)).ConfigureAwait(false);
        return reply.Error is 0 or Errno.ENOTCONN
            ? new KeptStreams((StreamKind)reply.Kinds, reply.Descriptors)
            : throw new LinuxException(reply.Error, $"streams of {key}").ToShimException();
    }

    /// <inheritdoc/>
    public void Claim(string key) => Current.Send(Keyed(ReaperOperation.Fetch, key));

    /// <inheritdoc/>
    public void Retain() => Current.Send(new ReaperRequest { Operation = ReaperOperation.Retain });

    /// <summary>Leaves the reaper, which goes on as long as it is of use to a later engine.</summary>
    public void Dispose() => Current.Dispose();

    /// <inheritdoc/>
    public async Task EndAsync(TimeProvider time)
    {
        SafeFd process;
        try
        {
            process = Libc.PidfdOpen(Pid);
        }
        catch (LinuxException)
        {
            // Killed, or no descriptor is left: there is nothing to wait for, or no way to.
            Dispose();
            return;
        }

        using (process)
        {
            TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            using IReactorRegistration registration = _reactor.Register(process, PollEvents.Readable, _ => ended.TrySetResult());
            Dispose();
            try
            {
                await ended.Task.WaitAsync(EndBound, time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Something is left after all, which it keeps for a later engine.
            }

            // Only a host that adopts orphans, such as PID 1, has it for a child.
            _ = Libc.CollectPidfd(process, out _);
        }
    }

    /// <summary>Has a process started. Waits until its program runs, within a bound.</summary>
    internal ReaperReply Spawn(ReaperRequest request, TimeSpan bound, Action<ReaperReply> onLate) =>
        ReaperCall.Make(Reconnected(), request, bound, onLate);

    [LoggerMessage(1501, LogLevel.Critical, "The reaper, pid {Pid}, has ended. Processes that run now have lost their parent: their statuses are exact on Linux 6.15 and later only. Another one is started with the next process")]
    private static partial void LogLost(ILogger logger, int pid);

    [LoggerMessage(1502, LogLevel.Error, "The streams of {Key} cannot be kept for a later engine: {Reason}")]
    private static partial void LogNotKept(ILogger logger, string key, string reason);

    private static ReaperRequest Keyed(ReaperOperation operation, string key) =>
        new() { Operation = operation, Payload = Encoding.UTF8.GetBytes(key) };

    private ReaperConnection Current => _connection;

    private ReaperConnection Reconnected()
    {
        lock (_reconnecting)
        {
            if (_connection.IsOver)
            {
                (_connection, Pid) = _handshake.Connect(OnLost);
            }

            return _connection;
        }
    }

    private void OnLost() => LogLost(_logger, Pid);

    private Task<ReaperReply> AskAsync(ReaperRequest request)
    {
        TaskCompletionSource<ReaperReply> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Current.Send(request, answer.SetResult);
        return answer.Task;
    }
}
