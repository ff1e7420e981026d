using System.Runtime.InteropServices;
using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Events;

/// <summary>Delivers events by containerd's own binary: <c>containerd --address A publish --topic T --namespace N</c>. Used by one caller at a time: the event log.</summary>
/// <remarks>
/// <para>An event costs a process and about 0.1 s of CPU time, so it is for where nothing else works. What the binary reads on its
/// standard input is the event as an encoded <c>google.protobuf.Any</c>; exit code 0 acknowledges it.</para>
/// <para>containerd stamps the event with the time of its arrival, so <see cref="EventEnvelope.Timestamp"/> is lost.</para>
/// </remarks>
public sealed class BinaryEventPublisher : IEventPublisher
{
    private const int SigKill = 9;
    private const int MessageLimit = 4 * 1024;

    /// <summary>How long a process that was killed is waited for.</summary>
    private static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(2);

    private readonly string _binaryPath;
    private readonly string _address;
    private readonly TimeSpan? _timeout;
    private readonly IProcessSpawner _spawner;
    private readonly TimeProvider _time;
    private readonly OwnedLinuxHost? _host;

    /// <summary>Creates a publisher.</summary>
    /// <param name="binaryPath">Absolute path of containerd.</param>
    /// <param name="address">containerd's gRPC socket, by default <c>/run/containerd/containerd.sock</c>.</param>
    /// <param name="timeout">
    /// After it the process is killed and the attempt has failed. Default: null, when the token of the call fires: an event log gives each attempt
    /// <see cref="EventLogOptions.AttemptTimeout"/>, and longer after one that took too long.
    /// </param>
    /// <exception cref="ArgumentException">The path is not absolute, or the address is empty.</exception>
    public BinaryEventPublisher(string binaryPath, string address, TimeSpan? timeout = null)
        : this(binaryPath, address, timeout, new OwnedLinuxHost(NullLogger.Instance, isSubreaper: false, isShared: true))
    {
    }

    /// <summary>Creates a publisher for the containerd that started a shim: <c>shim.UsePublisher(context => new BinaryEventPublisher(context))</c>.</summary>
    /// <exception cref="ArgumentException">containerd did not tell the absolute path of its binary, or its address.</exception>
    public BinaryEventPublisher(ShimContext context)
        : this(Require(context).ContainerdBinary, context.ContainerdAddress, context.Host.Spawner, context.Time)
    {
    }

    internal BinaryEventPublisher(string binaryPath, string address, IProcessSpawner spawner, TimeProvider time, TimeSpan? timeout = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        _binaryPath = Path.IsPathRooted(binaryPath)
            ? binaryPath
            : throw new ArgumentException($"The path of containerd's binary is not absolute: '{binaryPath}'.", nameof(binaryPath));
        _address = address;
        _timeout = timeout;
        _spawner = spawner;
        _time = time;
    }

    private BinaryEventPublisher(string binaryPath, string address, TimeSpan? timeout, OwnedLinuxHost host)
        : this(binaryPath, address, host.Spawner, host.Time, timeout) => _host = host;

    /// <inheritdoc/>
    /// <exception cref="IOException">containerd's binary failed; the message holds what it said.</exception>
    /// <exception cref="TimeoutException">It did not end in time and was killed.</exception>
    public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        cancellationToken.ThrowIfCancellationRequested();
        using SafeFileHandle input = PreparedInput.Make(EventCodec.EncodeAny(envelope.Event));
        using CapturedOutput output = new();
        using IProcessWatch watch = _spawner.Spawn(RequestFor(envelope, input, output.Handle));
        ProcessExit exit = await EndAsync(watch, cancellationToken).ConfigureAwait(false);
        if (exit.ExitCode != 0)
        {
            throw Failure(exit.ExitCode, output.ReadText(MessageLimit).Trim());
        }
    }

    /// <summary>Ends what was started for it.</summary>
    public ValueTask DisposeAsync()
    {
        _host?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static ShimContext Require(ShimContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context;
    }

    private SpawnRequest RequestFor(EventEnvelope envelope, SafeHandle input, SafeHandle output) => new()
    {
        FileName = _binaryPath,
        Arguments = ["containerd", "--address", _address, "publish", "--topic", envelope.Event.Topic, "--namespace", envelope.ContainerdNamespace],
        Stdin = input,
        Stdout = output,
        Stderr = output,
        NewProcessGroup = true,
    };

    private async Task<ProcessExit> EndAsync(IProcessWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            return await watch.Exited.WaitAsync(_timeout ?? Timeout.InfiniteTimeSpan, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // It may have ended well in this very moment: then the event is delivered, and must not come twice.
            if (await KillAsync(watch).ConfigureAwait(false) is { ExitCode: 0 } exit)
            {
                return exit;
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"{_binaryPath} publish did not end within {_timeout?.TotalSeconds} s", e);
        }
    }

    private async Task<ProcessExit?> KillAsync(IProcessWatch watch)
    {
        try
        {
            watch.Signal(SigKill);
            return await watch.Exited.WaitAsync(KillGrace, _time).ConfigureAwait(false);
        }
        catch (ShimException)
        {
            return await watch.Exited.ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>The binary prints the daemon's error with the class at its end, as containerd's errdefs package words it.</summary>
    private Exception Failure(int exitCode, string message) =>
        message.EndsWith(": invalid argument", StringComparison.Ordinal) || message.EndsWith(": failed precondition", StringComparison.Ordinal)
            ? new EventRejectedException(message)
            : new IOException($"{_binaryPath} publish ended with {exitCode}: {message}");
}
