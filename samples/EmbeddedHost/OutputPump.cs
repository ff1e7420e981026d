using ContainerShim.Sdk;

namespace EmbeddedHost;

/// <summary>Copies a container's output to this process's as it comes.</summary>
internal sealed class OutputPump : IAsyncDisposable
{
    private OutputPump(Task ended) => Ended = ended;

    /// <summary>Ends when all output was copied.</summary>
    public Task Ended { get; }

    public static OutputPump Start(StdioPaths stdio) => new(Task.WhenAll(
        CopyAsync(stdio.Stdout, Console.OpenStandardOutput()), CopyAsync(stdio.Stderr, Console.OpenStandardError())));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A thread of its own, since opening a FIFO waits for the other side.
    private static Task CopyAsync(string fifo, Stream destination) => Task.Factory.StartNew(
        () =>
        {
            using FileStream source = new(fifo, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            source.CopyTo(destination);
        },
        TaskCreationOptions.LongRunning);
}
