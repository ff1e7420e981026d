using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// The stream from the stdin FIFO to a process. Both ends of the FIFO are held, so that the process does not see the end before the
/// client says so, when it closes its own end and asks for ours to be closed.
/// </summary>
/// <param name="services">Moves the bytes.</param>
/// <param name="reader">The FIFO.</param>
/// <param name="writer">The FIFO's other end.</param>
/// <param name="onClosed">Called when the process's end has been closed, so that copies of it can be closed as well.</param>
internal sealed class InputStream(StdioServices services, SafeFd reader, SafeFd writer, Action? onClosed = null)
{
    private SafeFd? _target;
    private Relay? _relay;

    /// <summary>Closes our writing end. From any thread, at any time.</summary>
    internal void CloseWriter() => writer.Dispose();

    /// <summary>Begins to relay to a pipe or a terminal, which is closed at the end. On the reactor's thread.</summary>
    internal void Begin(SafeFd target, bool isPipe)
    {
        _target = target;
        RelayMover mover = new(
            services, reader, target, isPipe ? RelayKind.Splice : RelayKind.Copy, dropsOnFailure: false, new StreamCounters("stdin"));
        _relay = new Relay(services, reader, target, mover, Close);
    }

    /// <summary>On the reactor's thread once the relay has begun.</summary>
    internal void Close()
    {
        _relay?.End();
        _target?.Dispose();
        reader.Dispose();
        writer.Dispose();
        onClosed?.Invoke();
    }
}
