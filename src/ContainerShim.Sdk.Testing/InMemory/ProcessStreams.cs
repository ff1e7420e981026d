using System.Text;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>The process's own ends of its pipes, which it keeps after the engine has closed its copies.</summary>
internal sealed class ProcessStreams : IDisposable
{
    private readonly FileStream? _input;
    private readonly FileStream? _output;
    private readonly FileStream? _error;

    public ProcessStreams(RuntimeStdio stdio)
    {
        _input = Reopen(stdio.Stdin, FileAccess.Read);
        _output = Reopen(stdio.Stdout, FileAccess.Write);
        _error = Reopen(stdio.Stderr, FileAccess.Write);
    }

    public Task WriteOutputAsync(string text, CancellationToken cancellationToken) => WriteAsync(_output, text, cancellationToken);

    public Task WriteErrorAsync(string text, CancellationToken cancellationToken) => WriteAsync(_error, text, cancellationToken);

    /// <summary>Prints and echoes. Ends early, without a failure, when the other side goes or the process ends.</summary>
    public async Task PlayAsync(ProcessScript script)
    {
        // Off the caller's thread: a pipe that nobody reads blocks once it is full.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await WriteOutputAsync(script.Output, CancellationToken.None).ConfigureAwait(false);
            await WriteErrorAsync(script.ErrorOutput, CancellationToken.None).ConfigureAwait(false);
            if (script.EchoesInput && _input is not null)
            {
                await _input.CopyToAsync(_output ?? Stream.Null).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // As a program that gets EPIPE.
        }
    }

    public void Dispose()
    {
        _input?.Dispose();
        _output?.Dispose();
        _error?.Dispose();
    }

    private static async Task WriteAsync(FileStream? stream, string text, CancellationToken cancellationToken)
    {
        if (stream is not null && text.Length > 0)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The handle is its caller's and closed after the call, as with a child that inherits; proc(5) gives another to the same pipe.</summary>
    private static FileStream? Reopen(SafeFileHandle? handle, FileAccess access)
    {
        if (handle is null)
        {
            return null;
        }

        SafeFileHandle own = File.OpenHandle($"/proc/self/fd/{handle.DangerousGetHandle()}", FileMode.Open, access, FileShare.ReadWrite);
        return new FileStream(own, access, bufferSize: 0);
    }
}
