using System.Runtime.InteropServices;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Sandboxes;

/// <summary>
/// A sandbox that is a set of namespaces and nothing else: no pause container, no image. IPC, UTS and pid namespaces are made unless the
/// pod is to share the host's, and the network namespace that containerd has set up is joined.
/// </summary>
internal sealed class NamespaceSandbox(NamespaceHolder holder, ICgroupLoader cgroups, TimeProvider time) : ISandboxService
{
    private const int SigKill = 9;

    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Sandbox? _sandbox;

    /// <inheritdoc/>
    public Task CreateAsync(CreateSandboxRequest request, CancellationToken cancellationToken = default)
    {
        PodSettings settings = PodSettings.Read(request.Options);
        if (settings.HasUserNamespace)
        {
            throw ShimException.Unimplemented("a sandbox with a user namespace");
        }

        if (request.Rootfs.Count > 0)
        {
            throw ShimException.Unimplemented("a sandbox with a root file system of its own");
        }

        Sysctls.Check(settings, ownsNetwork: !settings.IsHostNetwork && request.NetworkNamespacePath.Length > 0);
        lock (_lock)
        {
            if (_sandbox is not null)
            {
                throw ShimException.AlreadyExists("sandbox " + _sandbox.Request.SandboxId);
            }

            _sandbox = new Sandbox(request, settings);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<SandboxStart> StartAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Sandbox sandbox = Find(sandboxId);
        lock (_lock)
        {
            sandbox.Move(SandboxState.Created, SandboxState.Starting);
        }

        IProcessWatch watch;
        try
        {
            watch = await holder.StartAsync(sandbox.Request, sandbox.Settings).ConfigureAwait(false);
        }
        catch
        {
            lock (_lock)
            {
                sandbox.Move(SandboxState.Starting, SandboxState.Created);
            }

            throw;
        }

        DateTimeOffset startedAt = time.GetUtcNow();
        lock (_lock)
        {
            sandbox.Watch = watch;
            sandbox.StartedAt = startedAt;
            sandbox.Move(SandboxState.Starting, SandboxState.Ready);
        }

        _ = FollowAsync(sandbox, watch);
        return new SandboxStart(watch.Pid, startedAt);
    }

    /// <inheritdoc/>
    public Task<SandboxPlatform> GetPlatformAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Find(sandboxId);
        return Task.FromResult(RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => new SandboxPlatform("linux", "amd64"),
            Architecture.Arm64 => new SandboxPlatform("linux", "arm64", "v8"),
            Architecture other => new SandboxPlatform("linux", other.ToString().ToLowerInvariant()),
        });
    }

    /// <inheritdoc/>
    public async Task StopAsync(StopSandboxRequest request, CancellationToken cancellationToken = default)
    {
        Sandbox sandbox = Find(request.SandboxId);
        IProcessWatch? watch;
        lock (_lock)
        {
            watch = sandbox.Watch;
            switch (sandbox.State)
            {
                case SandboxState.Starting:
                    throw ShimException.FailedPrecondition($"sandbox {request.SandboxId} is being started", ShimErrorReason.IllegalState);
                case SandboxState.Created:
                    sandbox.End(new SandboxExit(0, time.GetUtcNow()));
                    break;
            }
        }

        Kill(watch);
        try
        {
            await sandbox.Ended.WaitAsync(request.Timeout > TimeSpan.Zero ? request.Timeout : StopBound, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw ShimException.DeadlineExceeded($"sandbox {request.SandboxId} has not ended", exception);
        }
    }

    /// <inheritdoc/>
    public Task<SandboxExit> WaitAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        Find(sandboxId).Ended.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<SandboxStatus> GetStatusAsync(SandboxStatusRequest request, CancellationToken cancellationToken = default)
    {
        Sandbox sandbox = Find(request.SandboxId);
        lock (_lock)
        {
            bool isReady = sandbox.State == SandboxState.Ready;
            return Task.FromResult(new SandboxStatus
            {
                SandboxId = request.SandboxId,
                IsReady = isReady,
                Pid = isReady ? sandbox.Watch!.Pid : 0,
                CreatedAt = sandbox.StartedAt,
                ExitedAt = sandbox.Exit?.ExitedAt,
            });
        }
    }

    /// <inheritdoc/>
    public Task PingAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Find(sandboxId);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task ShutdownAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        await StopAsync(new StopSandboxRequest(sandboxId, TimeSpan.Zero), cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _sandbox = null;
        }
    }

    /// <inheritdoc/>
    public Task<TypedPayload> GetMetricsAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Sandbox sandbox = Find(sandboxId);
        int pid;
        lock (_lock)
        {
            pid = sandbox.State == SandboxState.Ready
                ? sandbox.Watch!.Pid
                : throw ShimException.FailedPrecondition($"sandbox {sandboxId} does not run", ShimErrorReason.IllegalState);
        }

        using ICgroup cgroup = cgroups.Load(pid);
        return Task.FromResult(cgroup.ReadMetrics());
    }

    private static void Kill(IProcessWatch? watch)
    {
        try
        {
            // The first process of a pid namespace has no default action for other signals, see pid_namespaces(7).
            watch?.Signal(SigKill);
        }
        catch (Exception exception) when (exception is ShimException or ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    private Sandbox Find(string sandboxId)
    {
        lock (_lock)
        {
            return _sandbox?.Request.SandboxId == sandboxId ? _sandbox : throw ShimException.NotFound("sandbox " + sandboxId);
        }
    }

    private async Task FollowAsync(Sandbox sandbox, IProcessWatch watch)
    {
        ProcessExit exit;
        try
        {
            exit = await watch.Exited.ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The shim ends before it.
            return;
        }

        lock (_lock)
        {
            sandbox.End(new SandboxExit(exit.ExitCode, exit.ExitedAt));
        }

        watch.Dispose();
    }
}
