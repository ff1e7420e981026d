using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Services.Ttrpc;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using WireEvents = ContainerShim.Sdk.Protocol.Services.Ttrpc.Events;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>containerd's side of the events: records what shims send, and can be away for a while.</summary>
internal sealed class EventRecorder(string path) : WireEvents.EventsBase, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<RecordedEvent> _events = [];
    private readonly List<(Func<RecordedEvent, bool> Condition, TaskCompletionSource<RecordedEvent> Found)> _awaited = [];
    private readonly TaskCompletionSource _never = new();
    private TtrpcServer? _server;
    private Task _serving = Task.CompletedTask;
    private int _session;
    private volatile bool _answers;

    /// <summary>How many calls came while it did not answer.</summary>
    public int Unanswered { get; private set; }

    /// <summary>Listens, and answers unless told otherwise.</summary>
    public void Back(bool answers = true)
    {
        _answers = answers;
        _session++;
        _server = new TtrpcServer();
        WireEvents.BindService(_server.Services, this);
        _serving = _server.ServeAsync(UnixTtrpcListener.Listen(path));
    }

    /// <summary>Closes all connections and removes the socket, as when containerd is killed and its socket cleaned up.</summary>
    public async Task AwayAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
            _server = null;

            // The listener goes with it, and its path with that.
            await _serving;
        }
    }

    /// <summary>Everything received so far; what was sent again to a later listener, since its answer was lost, is there once.</summary>
    public IReadOnlyList<RecordedEvent> All()
    {
        lock (_lock)
        {
            return [.. _events.Where((e, i) => i == 0 || e.Session == _events[i - 1].Session || !e.Envelope.Equals(_events[i - 1].Envelope))];
        }
    }

    /// <summary>The first event, past or future, that satisfies a condition.</summary>
    public async Task<RecordedEvent> WaitForAsync(Func<RecordedEvent, bool> condition, string expectation, TimeSpan? timeout = null)
    {
        TaskCompletionSource<RecordedEvent> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_events.Find(condition.Invoke) is { } past)
            {
                return past;
            }

            _awaited.Add((condition, found));
        }

        try
        {
            return await found.Task.WaitAsync(timeout ?? Eventually.DefaultTimeout);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No such event: {expectation}. Last events:\n{string.Join('\n', All().TakeLast(10))}");
        }
    }

    public Task<RecordedEvent> ExitAsync(string containerId, string? execId = null, TimeSpan? timeout = null) =>
        WaitForAsync(
            e => e.Message is TaskExit exit && exit.ContainerId == containerId && exit.Id == (execId ?? containerId),
            $"exit of {containerId} {execId}",
            timeout);

    public override async Task<Empty> Forward(ForwardRequest request, ServerCallContext context)
    {
        if (!_answers)
        {
            Unanswered++;
            await _never.Task.WaitAsync(context.CancellationToken);
        }

        List<TaskCompletionSource<RecordedEvent>> found = [];
        RecordedEvent recorded = RecordedEvent.Of(request.Envelope, _session);
        lock (_lock)
        {
            _events.Add(recorded);
            for (int i = _awaited.Count - 1; i >= 0; i--)
            {
                if (_awaited[i].Condition(recorded))
                {
                    found.Add(_awaited[i].Found);
                    _awaited.RemoveAt(i);
                }
            }
        }

        found.ForEach(source => source.TrySetResult(recorded));
        return new Empty();
    }

    public async ValueTask DisposeAsync() => await AwayAsync();
}
