using System.Runtime.InteropServices;
using ContainerShim.Sdk;
using Signum = Mono.Unix.Native.Signum;

namespace EmbeddedHost.Terminals;

/// <summary>
/// Passes on the signals that would end this process. The second one kills: the first process of a container has no default actions and
/// may well not heed the first (pid_namespaces(7)).
/// </summary>
internal sealed class SignalForwarder : IDisposable
{
    private static readonly (PosixSignal Ours, Signum Theirs)[] Signals =
    [
        (PosixSignal.SIGINT, Signum.SIGINT),
        (PosixSignal.SIGTERM, Signum.SIGTERM),
        (PosixSignal.SIGHUP, Signum.SIGHUP),
        (PosixSignal.SIGQUIT, Signum.SIGQUIT),
    ];

    private readonly Func<int, Task> _signal;
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public SignalForwarder(Func<int, Task> signal)
    {
        _signal = signal;
        _registrations = Array.ConvertAll(Signals, pair => PosixSignalRegistration.Create(pair.Ours, context =>
        {
            context.Cancel = true;
            _ = ForwardAsync(Interlocked.Increment(ref _count) == 1 ? pair.Theirs : Signum.SIGKILL);
        }));
    }

    public void Dispose() => Array.ForEach(_registrations, static registration => registration.Dispose());

    private async Task ForwardAsync(Signum signal)
    {
        try
        {
            await _signal((int)signal);
        }
        catch (Exception exception) when (exception is ShimException or ObjectDisposedException)
        {
            // It has ended by itself, or has not been started; then the start is followed by the next signal.
        }
    }
}
