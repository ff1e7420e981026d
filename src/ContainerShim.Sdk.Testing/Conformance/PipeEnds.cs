using System.IO.Pipes;
using System.Text;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A pipe for the output of a process, as the engine would make one.</summary>
internal sealed class PipeEnds : IDisposable
{
    private readonly AnonymousPipeServerStream _reader = new(PipeDirection.In, HandleInheritability.None);
    private readonly SafeFileHandle _writer;

    public PipeEnds() => _writer = ToFileHandle(_reader);

    public RuntimeStdio ForOutput => new() { Stdout = _writer };

    /// <summary>The process's end of a pipe. The pipe's own reference to it is given up.</summary>
    public static SafeFileHandle ToFileHandle(AnonymousPipeServerStream pipe)
    {
        SafePipeHandle end = pipe.ClientSafePipeHandle;
        SafeFileHandle handle = new(end.DangerousGetHandle(), ownsHandle: true);
        end.SetHandleAsInvalid();
        return handle;
    }

    /// <summary>Our copy of the process's end is to be closed once it has its own, or the end never comes.</summary>
    public void CloseWriter() => _writer.Dispose();

    public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        using StreamReader text = new(_reader, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 128, leaveOpen: true);
        return await text.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? "";
    }

    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        using StreamReader text = new(_reader, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 128, leaveOpen: true);
        return await text.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
    }
}
