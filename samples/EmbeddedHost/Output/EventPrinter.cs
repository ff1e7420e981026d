using ContainerShim.Sdk.Events;

namespace EmbeddedHost.Output;

/// <summary>Prints events on the error output as they happen, until there are no more.</summary>
internal sealed class EventPrinter : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _printing;

    private EventPrinter(ShimEvents events)
    {
        // Subscribes before anything can happen.
        IAsyncEnumerator<EventEnvelope> reader = events.ReadAllAsync(_end.Token).GetAsyncEnumerator();
        _printing = PrintAsync(reader);
    }

    public static EventPrinter Start(ShimEvents events) => new(events);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _printing;
        _end.Dispose();
    }

    private static async Task PrintAsync(IAsyncEnumerator<EventEnvelope> reader)
    {
        await using (reader)
        {
            try
            {
                while (await reader.MoveNextAsync())
                {
                    EventEnvelope envelope = reader.Current;
                    await Console.Error.WriteLineAsync($"event {envelope.Sequence} {envelope.Event.Topic} {envelope.Event.ContainerId}");
                }
            }
            catch (OperationCanceledException)
            {
                // All were printed that had happened.
            }
        }
    }
}
