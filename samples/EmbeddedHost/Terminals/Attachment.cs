using ContainerShim.Sdk;
using ContainerShim.Sdk.Processes;
using Microsoft.Win32.SafeHandles;

namespace EmbeddedHost.Terminals;

/// <summary>Connects this process's streams, terminal size and signals to a process in a container, until that ends.</summary>
internal static class Attachment
{
    /// <summary>The streams to ask for.</summary>
    /// <exception cref="ToolException">A terminal is asked for where there is none.</exception>
    public static ContainerStdio Choose(bool interactive, bool terminal)
    {
        if (!terminal)
        {
            return ContainerStdio.OutputStreams with { Input = interactive };
        }

        if (interactive && !NativeTerminal.IsTerminal(NativeTerminal.Input))
        {
            throw new ToolException("-t with -i needs a terminal as input; leave out -t to pass on a file or a pipe");
        }

        (int columns, int rows) = Size() ?? (0, 0);
        return ContainerStdio.TerminalStreams with { Input = interactive, Columns = columns, Rows = rows };
    }

    /// <param name="process">It.</param>
    /// <param name="stdio">The streams it was made with.</param>
    /// <param name="start">Starts it, where it has not been started yet.</param>
    /// <param name="log">A file that takes the output, too.</param>
    public static async Task<ProcessExit> RunAsync(AttachedProcess process, ContainerStdio stdio, Func<Task>? start = null, Stream? log = null)
    {
        using RawMode? raw = stdio is { Terminal: true, Input: true } ? RawMode.Enter() : null;
        using SignalForwarder signals = new(process.Signal);
        using IDisposable? size = stdio.Terminal ? new SizeFollower(process.Resize) : null;
        Task outputs = Task.WhenAll(
            CopyAsync(process.Output, Console.OpenStandardOutput(), log),
            process.Error is { } error ? CopyAsync(error, Console.OpenStandardError(), log) : Task.CompletedTask);
        if (start is not null)
        {
            await start();
        }

        if (process.Input is { } input)
        {
            // Ends with this process: a read from a terminal cannot be taken back.
            _ = FeedAsync(input);
        }

        ProcessExit exit = await process.Wait();
        await outputs;
        return exit;
    }

    internal static (int Columns, int Rows)? Size() =>
        NativeTerminal.GetSize(NativeTerminal.Output) ?? NativeTerminal.GetSize(NativeTerminal.Input);

    private static async Task CopyAsync(Stream source, Stream destination, Stream? log)
    {
        byte[] buffer = new byte[64 * 1024];
        bool taken = true;
        int count;
        while ((count = await source.ReadAsync(buffer)) > 0)
        {
            if (log is not null)
            {
                await log.WriteAsync(buffer.AsMemory(0, count));
            }

            // When nobody reads us any more (… | head) the container is still not to wait for ever.
            taken = taken && await TryWriteAsync(destination, buffer.AsMemory(0, count));
        }
    }

    private static async Task<bool> TryWriteAsync(Stream destination, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await destination.WriteAsync(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task FeedAsync(Stream input)
    {
        try
        {
            // Not Console's stream, which reads lines and edits them.
            await using FileStream source = new(new SafeFileHandle(NativeTerminal.Input, ownsHandle: false), FileAccess.Read, bufferSize: 0);
            await source.CopyToAsync(input);
            await input.DisposeAsync();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or UnauthorizedAccessException)
        {
            // The process has ended, or reads no more.
        }
    }
}
