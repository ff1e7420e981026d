using System.IO.Pipes;
using System.Text;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A pipe for the output of a process, or for its input, as the engine would make one.</summary>
internal sealed class PipeEnds : IDisposable
{
    private readonly AnonymousPipeServerStream _ours;
    private readonly SafeFileHandle _processEnd;

    public PipeEnds(bool isInput = false)
    {
        _ours = new AnonymousPipeServerStream(isInput ? PipeDirection.Out : PipeDirection.In, HandleInheritability.None);
        _processEnd = ToFileHandle(_ours);
    }

    public RuntimeStdio ForOutput => new() { Stdout = _processEnd };

    public bool IsProcessEndClosed => _processEnd.IsClosed;

    public static RuntimeStdio Stdio(PipeEnds input, PipeEnds output) => new() { Stdin = input._processEnd, Stdout = output._processEnd };

    /// <summary>The process's end of a pipe. The pipe's own reference to it is given up.</summary>
    public static SafeFileHandle ToFileHandle(AnonymousPipeServerStream pipe)
    {
        SafePipeHandle end = pipe.ClientSafePipeHandle;
        SafeFileHandle handle = new(end.DangerousGetHandle(), ownsHandle: true);
        end.SetHandleAsInvalid();
        return handle;
    }

    /// <summary>Our copy of the process's end is to be closed once it has its own, or the end never comes.</summary>
    public void CloseProcessEnd() => _processEnd.Dispose();

    /// <summary>Writes what is the whole input.</summary>
    public async Task WriteToEndAsync(string text, CancellationToken cancellationToken)
    {
        await _ours.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        await _ours.DisposeAsync().ConfigureAwait(false);
    }

    public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        using StreamReader text = Reader();
        return await text.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? "";
    }

    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        using StreamReader text = Reader();
        return await text.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _processEnd.Dispose();
        _ours.Dispose();
    }

    private StreamReader Reader() => new(_ours, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 128, leaveOpen: true);
}
