using System.Text;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Runc;

/// <summary>Drives runc, or a runtime with the same command line such as crun or youki, by running its binary. Safe for use from several threads.</summary>
/// <remarks>
/// The runtime runs in the bundle, with an environment from an allow-list and only the descriptors it is meant to have. A call that is
/// cancelled or outlives its limit is ended by SIGKILL; a container may then be left half made or frozen, which is the caller's to mend.
/// </remarks>
public sealed class RuncRuntime : IOciRuntime, ICheckpointableRuntime, IStartWitness
{
    private readonly RuntimeInvoker _invoker;
    private readonly RuncTimeouts _timeouts;
    private readonly CrunDetector _crun;
    private readonly ForegroundExec? _foreground;
    private readonly AbandonedCgroup _abandoned;
    private readonly string _temporaryDirectory;

    internal RuncRuntime(RuncRuntimeOptions options, IProcessSpawner spawner, TimeProvider time, ForegroundExits? foreground = null)
        : this(options, spawner, time, Environment.GetEnvironmentVariable, foreground)
    {
    }

    /// <param name="options">Limits and permissions.</param>
    /// <param name="spawner">Starts the binary.</param>
    /// <param name="time">The clock of the limits.</param>
    /// <param name="readVariable">The environment of this process.</param>
    /// <param name="foreground">Takes the exits of execs, beside which the runtime's process then stays; null to detach them.</param>
    internal RuncRuntime(
        RuncRuntimeOptions options, IProcessSpawner spawner, TimeProvider time, Func<string, string?> readVariable, ForegroundExits? foreground = null)
    {
        _foreground = foreground is null ? null : new ForegroundExec(foreground, time);
        RuntimeEnvironment environment = new(readVariable, options.InheritedVariables);
        RuntimeBinary binary = new(environment.SearchPath, options.RequireTrustedBinary);
        _invoker = new RuntimeInvoker(spawner, time, binary, environment);
        _timeouts = new RuncTimeouts(options);
        _abandoned = new AbandonedCgroup(new HostFiles(), new BundleStore(), time);
        _crun = new CrunDetector(_invoker, binary, _timeouts.Query);
        _temporaryDirectory = environment.RuntimeDirectory.Length > 0 ? environment.RuntimeDirectory : environment.TemporaryDirectory;
    }

    /// <inheritdoc/>
    public async Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken = default)
    {
        PidFile.Clear(RuncArguments.InitPidPath(container));
        RuntimeCall call = Call(container, "create", RuncArguments.Create(container, stdio), _timeouts.Create) with { Stdio = stdio };
        try
        {
            await MakeAsync(container, call, "OCI runtime create failed", cancellationToken).ConfigureAwait(false);
            return PidFile.Read(RuncArguments.InitPidPath(container), "container");
        }
        catch (ShimException exception) when (FindObstacle(exception, container) is { } obstacle)
        {
            throw obstacle;
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken = default) => RunAsync(
        container, Call(container, "start", RuncArguments.Start(container), _timeouts.Create), "OCI runtime start failed", cancellationToken);

    /// <inheritdoc/>
    /// <remarks>runc and crun take the FIFO away when the process has passed it; a runtime that waits in another way has none.</remarks>
    public bool AwaitsStart(RuntimeContainer container) => Libc.KindOf(RuncArguments.StartGatePath(container)) == FileKind.Fifo;

    /// <inheritdoc/>
    public async Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken = default)
    {
        Identifiers.Validate(exec.ExecId);
        string pidPath = RuncArguments.ExecPidPath(container, exec.ExecId);
        PidFile.Clear(pidPath);
        using ProcessSpecFile file = ProcessSpecFile.Write(_temporaryDirectory, exec.ProcessSpec);
        RuntimeCall call = Call(container, "exec", RuncArguments.Exec(container, exec, file.Path, detach: _foreground is null), _timeouts.Create) with { Stdio = exec.Stdio };
        string logPath = ExecFiles.LogPath(container.Bundle, exec.ExecId);
        try
        {
            if (_foreground is not null)
            {
                return await _foreground.StartAsync(_invoker, new RuntimeLog(logPath), call, pidPath, cancellationToken).ConfigureAwait(false);
            }

            await RunAsync(new RuntimeLog(logPath), call, "OCI runtime exec failed", cancellationToken).ConfigureAwait(false);
            return PidFile.Read(pidPath, "exec");
        }
        catch (ShimException exception) when (FindObstacle(exception, container) is { } obstacle)
        {
            throw obstacle;
        }
        finally
        {
            if (_foreground is null)
            {
                BundleFiles.Remove(logPath);
            }
        }
    }

    /// <inheritdoc/>
    public async Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken = default)
    {
        RuntimeCall call = Call(container, "kill", RuncArguments.Kill(container, signal, all), _timeouts.Kill);
        RuntimeReply reply = await InvokeAsync(call, cancellationToken).ConfigureAwait(false);
        if (reply.Failure is { } failure)
        {
            throw KillErrors.Classify(reply, failure);
        }
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken = default)
    {
        RuntimeLog log = new(RuncArguments.LogPath(container));
        RuntimeCall call = Call(container, "delete", RuncArguments.Delete(container, force), _timeouts.Delete);
        RuntimeReply reply = await InvokeAsync(call, cancellationToken).ConfigureAwait(false);
        bool isMissing = reply.Failure is { } text && KillErrors.IsNoSuchContainer(text);
        if (reply.Failure is { } failure && !isMissing)
        {
            throw RuntimeErrors.Of(reply, log.Explain("failed to delete task", failure));
        }

        // runc 1.1 succeeds with a line in its log when it has tried for 180 ms to remove the cgroup and a process in it has not ended yet.
        if (force || isMissing || log.HasGrown)
        {
            await _abandoned.RemoveAsync(container, cancellationToken).ConfigureAwait(false);
        }

        if (isMissing)
        {
            throw ShimException.NotFound("no such container");
        }
    }

    /// <inheritdoc/>
    public Task PauseAsync(RuntimeContainer container, CancellationToken cancellationToken = default) => RunAsync(
        container, Call(container, "pause", RuncArguments.Pause(container), _timeouts.Change), "OCI runtime pause failed", cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(RuntimeContainer container, CancellationToken cancellationToken = default) => RunAsync(
        container, Call(container, "resume", RuncArguments.Resume(container), _timeouts.Change), "OCI runtime resume failed", cancellationToken);

    /// <inheritdoc/>
    public Task UpdateAsync(RuntimeContainer container, ReadOnlyMemory<byte> resources, CancellationToken cancellationToken = default) => RunAsync(
        Call(container, "update", RuncArguments.Update(container), _timeouts.Change) with { Input = resources }, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken = default)
    {
        RuntimeCall call = Call(container, "ps", RuncArguments.Ps(container), _timeouts.Query) with { ReadsAnswer = true };
        return RuntimeAnswers.Pids(await RunAsync(call, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken = default)
    {
        RuntimeCall call = Call(container, "state", RuncArguments.State(container), _timeouts.Query) with { ReadsAnswer = true };
        RuntimeReply reply = await InvokeAsync(call, cancellationToken).ConfigureAwait(false);
        return reply.Failure switch
        {
            null => RuntimeAnswers.State(reply.Answer),
            string failure when KillErrors.IsNoSuchContainer(failure) => throw ShimException.NotFound("no such container"),
            string failure => throw RuntimeErrors.Of(reply, failure),
        };
    }

    /// <inheritdoc/>
    public async Task<RuntimeDescription> DescribeAsync(RuntimeOptions options, CancellationToken cancellationToken = default)
    {
        RuntimeCall version = new()
        {
            BinaryName = options.BinaryName, Command = "--version", Arguments = ["--version"], ReadsAnswer = true, Timeout = _timeouts.Query,
        };
        string text = Encoding.UTF8.GetString(await RunAsync(version, cancellationToken).ConfigureAwait(false));

        // runc has it since 1.1, crun since 1.8.6; to lack it is no failure.
        RuntimeCall features = version with { Command = "features", Arguments = ["features"] };
        RuntimeReply reply = await _invoker.RunAsync(features, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> json = reply.Answer.AsMemory().Trim(" \t\r\n"u8);
        bool isObject = reply.Failure is null && json.Span.StartsWith("{"u8);
        return new RuntimeDescription(text.Split('\n', 2)[0].Trim(), isObject ? json : ReadOnlyMemory<byte>.Empty);
    }

    /// <inheritdoc/>
    public async Task CheckpointAsync(RuntimeContainer container, RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default)
    {
        using CriuFiles files = new(container, checkpoint);
        bool leavesOut = checkpoint.EmptyNamespaces.Count > 0 && await IsCrunAsync(container, cancellationToken).ConfigureAwait(false);
        RuntimeCheckpoint known = leavesOut ? checkpoint with { EmptyNamespaces = [] } : checkpoint;
        RuntimeLog log = new(RuncArguments.LogPath(container));
        RuntimeCall call = Call(container, "checkpoint", RuncArguments.Checkpoint(container, known, files.WorkPath), _timeouts.Checkpoint);
        RuntimeReply reply = await _invoker.RunAsync(call, cancellationToken).ConfigureAwait(false);
        if (reply.Failure is { } failure)
        {
            throw CheckpointErrors.Classify(failure) ?? files.Explain(reply, failure, log);
        }
    }

    /// <inheritdoc/>
    public async Task<int> RestoreAsync(RuntimeContainer container, RuntimeRestore restore, CancellationToken cancellationToken = default)
    {
        CriuFiles.DemandImage(container, restore);
        PidFile.Clear(RuncArguments.InitPidPath(container));
        bool isCrun = await IsCrunAsync(container, cancellationToken).ConfigureAwait(false);
        List<string> arguments = RuncArguments.Restore(container, restore, isCrun);
        RuntimeCall call = Call(container, "restore", arguments, _timeouts.Checkpoint) with { Stdio = restore.Stdio };
        await MakeAsync(container, call, "OCI runtime restore failed", cancellationToken).ConfigureAwait(false);
        return PidFile.Read(RuncArguments.InitPidPath(container), "container");
    }

    private Task<bool> IsCrunAsync(RuntimeContainer container, CancellationToken cancellationToken) =>
        _crun.IsCrunAsync(container.Options.BinaryName, cancellationToken);

    private static RuntimeCall Call(RuntimeContainer container, string command, List<string> arguments, TimeSpan timeout)
    {
        Identifiers.Validate(container.Id);
        Identifiers.Validate(container.ContainerdNamespace);
        return new RuntimeCall
        {
            BinaryName = container.Options.BinaryName,
            Command = command,
            Arguments = arguments,
            WorkingDirectory = container.Bundle,
            Timeout = timeout,
        };
    }

    /// <exception cref="ShimException">AlreadyExists: the id is another container's.</exception>
    private async Task MakeAsync(RuntimeContainer container, RuntimeCall call, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(container, call, prefix, cancellationToken).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.Unknown && CreateErrors.IsIdInUse(e.Message))
        {
            throw new ShimException(ShimErrorCode.AlreadyExists, e.Message, e) { Reason = ShimErrorReason.IdInUse };
        }
    }

    private Task RunAsync(RuntimeContainer container, RuntimeCall call, string prefix, CancellationToken cancellationToken) =>
        RunAsync(new RuntimeLog(RuncArguments.LogPath(container)), call, prefix, cancellationToken);

    private async Task RunAsync(RuntimeLog log, RuntimeCall call, string prefix, CancellationToken cancellationToken)
    {
        RuntimeReply reply = await InvokeAsync(call, cancellationToken).ConfigureAwait(false);
        if (reply.Failure is { } failure)
        {
            throw RuntimeErrors.Of(reply, log.Explain(prefix, failure));
        }
    }

    /// <summary>
    /// A runtime that cannot open its log does nothing. What it does besides may need no room, so it is called once more without a log: what
    /// runs can be killed and deleted though its bundle is full or read-only.
    /// </summary>
    private async Task<RuntimeReply> InvokeAsync(RuntimeCall call, CancellationToken cancellationToken)
    {
        RuntimeReply reply = await _invoker.RunAsync(call, cancellationToken).ConfigureAwait(false);
        return reply.Failure is { } failure && call.Stdio is null && RuntimeLog.IsUnwritable(failure)
            ? await _invoker.RunAsync(call with { Arguments = RuncArguments.WithoutLog(call.Arguments) }, cancellationToken).ConfigureAwait(false)
            : reply;
    }

    /// <summary>
    /// A runtime that cannot write down why it failed, or the pid, may have failed of that: then the disk is to be named. Null where it has
    /// room, or the failure is explained.
    /// </summary>
    private static ShimException? FindObstacle(ShimException failure, RuntimeContainer container) =>
        failure is { Code: ShimErrorCode.Unknown, Reason: ShimErrorReason.RuntimeFailed } && BundleFiles.FindObstacle(container.Bundle) is { } obstacle
            ? new ShimException(obstacle.Code, $"{failure.Message}: {obstacle.Message}", failure) { Reason = failure.Reason }
            : null;

    private async Task<byte[]> RunAsync(RuntimeCall call, CancellationToken cancellationToken)
    {
        RuntimeReply reply = await InvokeAsync(call, cancellationToken).ConfigureAwait(false);
        return reply.Failure is null ? reply.Answer : throw RuntimeErrors.Of(reply, reply.Failure);
    }
}
