using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Sandboxes;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>
/// A sandbox service whose one sandbox is a process of an <see cref="InMemoryHost"/>, which a test can end. Needs neither root nor a kernel with
/// namespaces. Safe for use from several threads.
/// </summary>
public sealed class InMemorySandbox : ISandboxService
{
    private const int SigKill = 9;

    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(10);

    private readonly InMemoryHost _host;
    private readonly Lock _lock = new();
    private Made? _sandbox;

    /// <summary>Makes a service without a sandbox.</summary>
    /// <param name="host">Where its process is, and whose clock it has.</param>
    public InMemorySandbox(InMemoryHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        _host = host;
    }

    /// <summary>What its process does. Default: <see cref="ProcessScript.Runs"/>; a stuck one lets stops run out of time.</summary>
    public ProcessScript Script { get; set; } = ProcessScript.Runs;

    /// <summary>What it says that its containers are to be for. Default: linux and amd64.</summary>
    public SandboxPlatform Platform { get; set; } = new("linux", "amd64");

    /// <summary>What it says that the sandbox uses while it runs. Default: null, which is answered with NotFound.</summary>
    public TypedPayload? Metrics { get; set; }

    /// <summary>The request that the sandbox was made for; null while there is none.</summary>
    public CreateSandboxRequest? Request => Current?.Request;

    /// <summary>The sandbox's process; null before its start, and while there is no sandbox.</summary>
    public InMemoryProcess? Process => Current?.Process;

    private Made? Current
    {
        get
        {
            lock (_lock)
            {
                return _sandbox;
            }
        }
    }

    /// <inheritdoc/>
    public Task CreateAsync(CreateSandboxRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _sandbox = _sandbox is null ? new Made(request) : throw ShimException.AlreadyExists("sandbox " + _sandbox.Request.SandboxId);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SandboxStart> StartAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Made sandbox = Find(sandboxId);
        lock (_lock)
        {
            if (sandbox.Process is not null || sandbox.Ended.IsCompleted)
            {
                throw ShimException.FailedPrecondition($"sandbox {sandboxId} was started or stopped before", ShimErrorReason.IllegalState);
            }

            InMemoryProcess process = _host.Run(Script);
            sandbox.Process = process;
            sandbox.StartedAt = _host.Time.GetUtcNow();
            _ = FollowAsync(sandbox, _host.Monitor.Watch(process.Pid));
            return Task.FromResult(new SandboxStart(process.Pid, sandbox.StartedAt.Value));
        }
    }

    /// <inheritdoc/>
    public Task<SandboxPlatform> GetPlatformAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Find(sandboxId);
        return Task.FromResult(Platform);
    }

    /// <inheritdoc/>
    public async Task StopAsync(StopSandboxRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Made sandbox = Find(request.SandboxId);
        lock (_lock)
        {
            if (sandbox.Process is null)
            {
                sandbox.End(new SandboxExit(0, _host.Time.GetUtcNow()));
            }
        }

        _host.Change(() => sandbox.Process?.Take(SigKill));
        try
        {
            await sandbox.Ended.WaitAsync(request.Timeout > TimeSpan.Zero ? request.Timeout : StopBound, _host.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw ShimException.DeadlineExceeded($"sandbox {request.SandboxId} has not ended", e);
        }
    }

    /// <inheritdoc/>
    public async Task<SandboxExit> WaitAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        await Find(sandboxId).Ended.WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<SandboxStatus> GetStatusAsync(SandboxStatusRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Made sandbox = Find(request.SandboxId);
        lock (_lock)
        {
            bool isReady = sandbox is { Process: not null, Ended.IsCompleted: false };
            return Task.FromResult(new SandboxStatus
            {
                SandboxId = request.SandboxId,
                IsReady = isReady,
                Pid = isReady ? sandbox.Process!.Pid : 0,
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
        Made sandbox = Find(sandboxId);
        lock (_lock)
        {
            return sandbox is { Process: not null, Ended.IsCompleted: false }
                ? Task.FromResult(Metrics ?? throw ShimException.NotFound("metrics of sandbox " + sandboxId))
                : throw ShimException.FailedPrecondition($"sandbox {sandboxId} does not run", ShimErrorReason.IllegalState);
        }
    }

    private Made Find(string sandboxId) =>
        Current is { } sandbox && sandbox.Request.SandboxId == sandboxId ? sandbox : throw ShimException.NotFound("sandbox " + sandboxId);

    private async Task FollowAsync(Made sandbox, IProcessWatch watch)
    {
        ProcessExit exit = await watch.Exited.ConfigureAwait(false);
        lock (_lock)
        {
            sandbox.End(new SandboxExit(exit.ExitCode, exit.ExitedAt));
        }

        watch.Dispose();
    }

    private sealed class Made(CreateSandboxRequest request)
    {
        private readonly TaskCompletionSource<SandboxExit> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CreateSandboxRequest Request => request;

        public InMemoryProcess? Process { get; set; }

        public DateTimeOffset? StartedAt { get; set; }

        public SandboxExit? Exit { get; private set; }

        public Task<SandboxExit> Ended => _ended.Task;

        public void End(SandboxExit exit) => _ended.TrySetResult(Exit ??= exit);
    }
}
