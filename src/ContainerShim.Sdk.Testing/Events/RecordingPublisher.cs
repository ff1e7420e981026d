using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Testing.Events;

/// <summary>Takes events and keeps them for a test to look at or to wait for. Safe for use from several threads.</summary>
public sealed class RecordingPublisher : IEventPublisher
{
    private readonly Lock _lock = new();
    private readonly List<EventEnvelope> _received = [];
    private readonly EventRules _rules = new();
    private TaskCompletionSource _change = NewChange();
    private bool _away;

    /// <summary>Whether every delivery fails, as to a containerd that is away: the shim keeps the events and tries again.</summary>
    public bool IsAway
    {
        get => Volatile.Read(ref _away);
        set => Volatile.Write(ref _away, value);
    }

    /// <summary>Whether it was disposed: by the engine it belonged to.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>The events so far, with their place in the log.</summary>
    public IReadOnlyList<EventEnvelope> Envelopes
    {
        get
        {
            lock (_lock)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>The events so far.</summary>
    public IReadOnlyList<ShimEvent> Received => [.. Envelopes.Select(static envelope => envelope.Event)];

    /// <summary>What the events so far break of the promises about them, see <see cref="EventRules"/>. Empty for a shim that keeps them.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_lock)
            {
                return [.. _rules.Violations];
            }
        }
    }

    /// <summary>Waits for the first event of a type, whether it has come already or is still to come.</summary>
    /// <param name="condition">Which one; null for any.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> WaitForAsync<T>(Func<T, bool>? condition = null, CancellationToken cancellationToken = default)
        where T : ShimEvent
    {
        while (true)
        {
            Task change;
            lock (_lock)
            {
                if (_received.Select(static envelope => envelope.Event).OfType<T>().FirstOrDefault(condition ?? (static _ => true)) is { } found)
                {
                    return found;
                }

                change = _change.Task;
            }

            await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        cancellationToken.ThrowIfCancellationRequested();
        if (IsAway)
        {
            return Task.FromException(new IOException("the receiver of events is away"));
        }

        TaskCompletionSource change;
        lock (_lock)
        {
            _received.Add(envelope);
            _rules.Add(envelope);
            change = _change;
            _change = NewChange();
        }

        change.SetResult();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
