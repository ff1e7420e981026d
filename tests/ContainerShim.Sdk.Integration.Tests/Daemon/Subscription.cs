using System.Collections.Concurrent;
using ContainerShim.Sdk.Grpc;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Daemon;

/// <summary>Follows the task events of one namespace, and is known to have begun: containerd does not say when it has.</summary>
internal sealed class Subscription : IAsyncDisposable
{
    private const string Marker = "/test/marker";

    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<ContainerdEvent> _events = new();
    private readonly Task _reading;

    private Subscription(ContainerdClient client, string containerdNamespace) => _reading = ReadAsync(client, containerdNamespace);

    public IReadOnlyList<ContainerdEvent> Events => [.. _events.Where(static e => e.Topic != Marker)];

    public static async Task<Subscription> BeginAsync(ContainerdClient client, string containerdNamespace)
    {
        Subscription subscription = new(client, containerdNamespace);
        await Eventually.BecomesAsync(
            async () =>
            {
                await client.PublishPayloadAsync(Marker, new TypedPayload("test.Marker", default));
                return subscription._events.Count;
            },
            count => count > 0,
            "the subscription sees what is published");
        return subscription;
    }

    /// <summary>The topics of the events so far, once one has come that the condition accepts.</summary>
    public async Task<IReadOnlyList<ContainerdEvent>> UntilAsync(Func<ContainerdEvent, bool> condition, string expectation) =>
        await Eventually.ShowsAsync(() => Events, events => events.Any(condition), expectation);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        _stop.Dispose();
    }

    private async Task ReadAsync(ContainerdClient client, string containerdNamespace)
    {
        try
        {
            await foreach (ContainerdEvent e in client.SubscribeAsync([$"namespace=={containerdNamespace}"], _stop.Token))
            {
                _events.Enqueue(e);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ShimException { Code: ShimErrorCode.Unavailable })
        {
            // The test ends it, or has ended containerd.
        }
    }
}
