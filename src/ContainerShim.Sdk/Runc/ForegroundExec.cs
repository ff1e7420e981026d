using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Runc;

/// <summary>Execs beside which the runtime's process stays, so that their status is that of our own child.</summary>
internal sealed class ForegroundExec(ForegroundExits exits, TimeProvider time)
{
    /// <summary>The runtime writes the pid when the process runs, some 30 ms after its own start.</summary>
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(4);

    /// <summary>Starts an exec, and returns its pid once the runtime has told it.</summary>
    /// <exception cref="ShimException">FailedPrecondition: a terminal, which a runtime in the foreground does not deliver. Unknown: the runtime's error.</exception>
    internal async Task<int> StartAsync(
        RuntimeInvoker invoker, RuntimeLog log, RuntimeCall call, string pidPath, CancellationToken cancellationToken)
    {
        if (call.Stdio is { ConsoleSocket: not null })
        {
            throw ShimException.FailedPrecondition(
                "the status of an exec with a terminal cannot be exact with ExitTracking.KernelInfo; use ExitTracking.Reaper or ExitTracking.Subreaper");
        }

        const string Prefix = "OCI runtime exec failed";
        cancellationToken.ThrowIfCancellationRequested();
        IProcessWatch runtime = invoker.Start(call, out string failure)
            ?? throw RuntimeErrors.Of(ShimErrorReason.RuntimeUnavailable, log.Explain(Prefix, failure));
        try
        {
            await PidWrittenAsync(runtime, call, pidPath, cancellationToken).ConfigureAwait(false);
            if (runtime.Exited.IsCompletedSuccessfully && !File.Exists(pidPath))
            {
                ProcessExit exit = await runtime.Exited.ConfigureAwait(false);
                string failed = $"{RuntimeBinary.NameOf(call.BinaryName)} did not terminate successfully: exit status {exit.ExitCode}";
                throw RuntimeErrors.Of(ShimErrorReason.RuntimeFailed, log.Explain(Prefix, failed));
            }

            int pid = PidFile.Read(pidPath, "exec");
            exits.Add(pid, runtime);
            return pid;
        }
        catch
        {
            await invoker.KillAsync(runtime).ConfigureAwait(false);
            runtime.Dispose();
            throw;
        }
    }

    private async Task PidWrittenAsync(IProcessWatch runtime, RuntimeCall call, string pidPath, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(call.Timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using PeriodicTimer timer = new(LookPeriod, time);
        try
        {
            // The file is renamed to its name, so it is whole when it is there.
            while (!runtime.Exited.IsCompleted && !File.Exists(pidPath))
            {
                await timer.WaitForNextTickAsync(either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ShimException.DeadlineExceeded($"{RuntimeBinary.NameOf(call.BinaryName)} {call.Command} did not end within {call.Timeout.TotalSeconds} s");
        }
    }
}
