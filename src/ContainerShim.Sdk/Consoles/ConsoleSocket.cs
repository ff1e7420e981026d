using System.Net.Sockets;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Consoles;

/// <summary>The socket on which a runtime delivers the master of a new terminal, alone in a directory that nobody else can enter.</summary>
internal sealed class ConsoleSocket : IDisposable
{
    /// <summary>Room in <c>sockaddr_un</c>, less the terminating NUL.</summary>
    private const int LongestPath = 107;

    private static readonly TimeSpan ReceiveBound = TimeSpan.FromSeconds(10);

    private readonly string _directory;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<IDisposable> _waiting = [];
    private readonly TaskCompletionSource<SafeFd> _master = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SafeFd? _connection;

    /// <summary>Listens.</summary>
    internal ConsoleSocket()
    {
        _directory = Libc.MakeTemporaryDirectory(ChooseParent() + "/pty");
        Path = _directory + "/pty.sock";
        try
        {
            _listener.Blocking = false;
            _listener.Bind(new UnixDomainSocketEndPoint(Path));
            _listener.Listen(1);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What to give to the runtime.</summary>
    internal string Path { get; }

    /// <summary>Receives the master from the first that connects. The runtime delivers it before it returns, so the wait is short.</summary>
    /// <exception cref="ShimException">Unknown: what came was not one terminal. DeadlineExceeded: nothing came.</exception>
    internal async Task<SafeFd> ReceiveAsync(IReactor reactor, TimeProvider time, CancellationToken cancellationToken)
    {
        await reactor.InvokeAsync(() => _waiting.Add(reactor.Register(_listener.SafeHandle, PollEvents.Readable, _ => Accept(reactor)))).ConfigureAwait(false);
        try
        {
            return await _master.Task.WaitAsync(ReceiveBound, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            if (!_master.TrySetCanceled(CancellationToken.None) && _master.Task.IsCompletedSuccessfully)
            {
                (await _master.Task.ConfigureAwait(false)).Dispose();
            }

            throw exception is TimeoutException ? ShimException.DeadlineExceeded("the runtime has sent no console", exception) : exception;
        }
        finally
        {
            await reactor.InvokeAsync(StopWaiting).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Dispose();
        try
        {
            Directory.Delete(_directory, recursive: true);
        }
        catch (IOException)
        {
            // Gone already, or the disk is in trouble: the console works without.
        }
    }

    private static string ChooseParent()
    {
        const string Name = "/ptyXXXXXX/pty.sock";
        foreach (string variable in new[] { "XDG_RUNTIME_DIR", "TMPDIR" })
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } parent
                && System.Text.Encoding.UTF8.GetByteCount(parent) + Name.Length <= LongestPath && Directory.Exists(parent))
            {
                return parent.TrimEnd('/');
            }
        }

        return "/tmp";
    }

    private void Accept(IReactor reactor)
    {
        try
        {
            _connection = Libc.Accept(_listener.SafeHandle);
            StopListening();
            _waiting.Add(reactor.Register(_connection, PollEvents.Readable, _ => Receive()));
        }
        catch (LinuxException exception) when (exception.Errno != Errno.EAGAIN)
        {
            StopListening();
            _master.TrySetException(exception.ToShimException());
        }
        catch (LinuxException)
        {
            // The one that connected has left: wait for the next.
        }
    }

    private void Receive()
    {
        List<SafeFd> descriptors = [];
        try
        {
            // The payload is the name of the terminal, which nobody needs.
            Span<byte> name = stackalloc byte[4096];
            int count = Libc.ReceiveDescriptors(_connection!, name, descriptors, out bool truncated);
            if (descriptors.Count != 1 || truncated)
            {
                throw ShimException.Unknown($"the runtime sent {descriptors.Count} descriptors and {count} bytes instead of one console");
            }

            if (!Libc.IsTerminalMaster(descriptors[0]))
            {
                throw ShimException.Unknown("the runtime sent a descriptor that is no console");
            }

            if (_master.TrySetResult(descriptors[0]))
            {
                descriptors.Clear();
            }
        }
        catch (Exception exception) when (exception is LinuxException or ShimException)
        {
            _master.TrySetException(exception is LinuxException failure ? failure.ToShimException() : exception);
        }
        finally
        {
            descriptors.ForEach(static descriptor => descriptor.Dispose());
            StopWaiting();
        }
    }

    private void StopListening()
    {
        _waiting.ForEach(static registration => registration.Dispose());
        _waiting.Clear();
    }

    private void StopWaiting()
    {
        StopListening();
        _connection?.Dispose();
    }
}
