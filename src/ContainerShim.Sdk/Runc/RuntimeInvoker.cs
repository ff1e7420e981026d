using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Runc;

/// <summary>Runs the runtime's binary to its end, or ends it when the time is over.</summary>
internal sealed class RuntimeInvoker(IProcessSpawner spawner, TimeProvider time, RuntimeBinary binary, RuntimeEnvironment environment)
{
    private const int MessageLimit = 64 * 1024;
    private const int AnswerLimit = 4 * 1024 * 1024;
    private const int Sigkill = 9;

    /// <summary>How long a killed process is waited for; one in uninterruptible sleep may take for ever and is then left to the monitor.</summary>
    private static readonly TimeSpan KillGrace = TimeSpan.FromSeconds(2);

    /// <exception cref="OperationCanceledException">The token fired; the process was killed.</exception>
    /// <exception cref="ShimException">
    /// DeadlineExceeded: the call's own time limit passed; the process was killed. InvalidArgument, PermissionDenied: a binary that may
    /// not be used. ResourceExhausted: it cannot be started now.
    /// </exception>
    internal async Task<RuntimeReply> RunAsync(RuntimeCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string fileName;
        try
        {
            fileName = binary.Find(call.BinaryName);
        }
        catch (ShimException exception) when (exception.Code == ShimErrorCode.Unknown)
        {
            return RuntimeReply.NotStarted(exception.Message);
        }

        try
        {
            return await RunAsync(call, fileName, cancellationToken).ConfigureAwait(false);
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }
    }

    /// <summary>Starts a call whose process stays, with the streams that it hands on.</summary>
    /// <returns>Null when it could not be started, for the reason that is given.</returns>
    internal IProcessWatch? Start(RuntimeCall call, out string failure)
    {
        try
        {
            RuntimeStdio stdio = call.Stdio ?? RuntimeStdio.None;
            return TrySpawn(RequestOf(call, binary.Find(call.BinaryName)) with { Stdin = stdio.Stdin, Stdout = stdio.Stdout, Stderr = stdio.Stderr }, out failure);
        }
        catch (ShimException exception) when (exception.Code == ShimErrorCode.Unknown)
        {
            failure = exception.Message;
            return null;
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }
    }

    /// <summary>Ends a call whose time is over, with the hooks and helpers that it has started. Containers' processes are in sessions of their own.</summary>
    internal async Task<ProcessExit?> KillAsync(IProcessWatch watch)
    {
        try
        {
            if (watch is IProcessGroupWatch leader)
            {
                leader.SignalGroup(Sigkill);
            }
            else
            {
                watch.Signal(Sigkill);
            }
        }
        catch (ShimException)
        {
            // It has just ended by itself.
        }

        try
        {
            return await watch.Exited.WaitAsync(KillGrace, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private SpawnRequest RequestOf(RuntimeCall call, string fileName) => new()
    {
        FileName = fileName,
        Arguments = [RuntimeBinary.NameOf(call.BinaryName), .. call.Arguments],
        Environment = environment.Variables,
        WorkingDirectory = Directory.Exists(call.WorkingDirectory) ? call.WorkingDirectory : "/",
        NewProcessGroup = true,
    };

    private async Task<RuntimeReply> RunAsync(RuntimeCall call, string fileName, CancellationToken cancellationToken)
    {
        bool isCaptured = call.Stdio is not { ConsoleSocket: null };
        using CapturedOutput? messages = isCaptured ? new CapturedOutput() : null;
        using CapturedOutput? answer = call.ReadsAnswer ? new CapturedOutput() : null;
        using SafeFileHandle? input = call.Input.IsEmpty ? null : PreparedInput.Make(call.Input.Span);
        SpawnRequest request = RequestOf(call, fileName) with
        {
            Stdin = isCaptured ? input : call.Stdio!.Stdin,
            Stdout = isCaptured ? (SafeHandle?)(answer ?? messages)!.Handle : call.Stdio!.Stdout,
            Stderr = isCaptured ? messages!.Handle : call.Stdio!.Stderr,
        };
        using IProcessWatch? watch = TrySpawn(request, out string failure);
        if (watch is null)
        {
            return RuntimeReply.NotStarted(failure);
        }

        ProcessExit exit = await WaitAsync(watch, call, cancellationToken).ConfigureAwait(false);
        if (exit.ExitCode == 0)
        {
            return new RuntimeReply(null, answer?.Read(AnswerLimit) ?? []);
        }

        string output = answer?.ReadText(MessageLimit) + messages?.ReadText(MessageLimit);
        failure = $"{request.Arguments[0]} did not terminate successfully: exit status {exit.ExitCode}";
        return RuntimeReply.Failed(isCaptured ? $"{failure}: {output}" : failure);
    }

    private async Task<ProcessExit> WaitAsync(IProcessWatch watch, RuntimeCall call, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(call.Timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await watch.Exited.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            if (await KillAsync(watch).ConfigureAwait(false) is { ExitCode: 0 } exit)
            {
                return exit;
            }

            cancellationToken.ThrowIfCancellationRequested();
            throw ShimException.DeadlineExceeded($"{RuntimeBinary.NameOf(call.BinaryName)} {call.Command} did not end within {call.Timeout.TotalSeconds} s");
        }
    }

    private IProcessWatch? TrySpawn(SpawnRequest request, out string failure)
    {
        failure = "";
        try
        {
            return spawner.Spawn(request);
        }
        catch (ShimException exception) when (exception.Code is ShimErrorCode.NotFound or ShimErrorCode.PermissionDenied or ShimErrorCode.Unknown)
        {
            failure = exception.InnerException is LinuxException cause
                ? $"fork/exec {request.FileName}: {LinuxException.Describe(cause.Errno)}"
                : exception.Message;
            return null;
        }
    }
}
