using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>One container: its init process, its execs and what they share.</summary>
/// <remarks>
/// <see cref="Sync"/> guards the fields of the container and of its processes. It is held for field access and for appending events,
/// which decides their order, and never across anything that can wait. Operations that change the lifecycle through the runtime queue
/// at <see cref="Gate"/>; exits, Kill, State, Wait, Pids and Stats do not.
/// </remarks>
internal sealed class Container : IDisposable
{
    private readonly Dictionary<string, ExecProcess> _processes = [];
    private IDisposable? _orphans;
    private bool _isDumped;

    public Container(EngineServices services, CreateTaskRequest request, BundleSpec spec)
    {
        Services = services;
        Id = request.Id;
        Bundle = request.Bundle;
        SharesPidNamespace = spec.SharesPidNamespace;
        Annotations = spec.Annotations;
        Runtime = new RuntimeContainer
        {
            Id = request.Id,
            Bundle = request.Bundle,
            ContainerdNamespace = services.ContainerdNamespace,
            Rootfs = services.MountsRootfs ? [] : request.Rootfs,
            Options = request.Options,
        };
        Gate = new OperationGate(services.Completions);
        Execs = new ExecCensus(services.Completions);
        Init = new InitProcess(this, request);
    }

    public EngineServices Services { get; }

    public Lock Sync { get; } = new();

    public OperationGate Gate { get; }

    public string Id { get; }

    public string Bundle { get; }

    public RuntimeContainer Runtime { get; }

    public InitProcess Init { get; }

    /// <summary>Whether processes outlive init, so that its exit must end them.</summary>
    public bool SharesPidNamespace { get; }

    /// <summary>What <c>config.json</c> says besides; behaviour is taken from none but those of this product (<c>dev.containershim.</c>).</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; }

    public ExecCensus Execs { get; }

    /// <summary>Where the root file system was mounted; null when the bundle brought its own.</summary>
    public string? MountedRootfs { get; set; }

    public ICgroup? Cgroup { get; private set; }

    /// <summary>Where the cgroup is, for a later engine; see <see cref="Adoption.ProcessRecord.Cgroup"/>.</summary>
    public string? CgroupLocation { get; private set; }

    /// <summary>Processes that lose their parent in a shared pid namespace become the shim's.</summary>
    public void ExpectOrphans() => _orphans = SharesPidNamespace ? Services.Orphans.Expect() : null;

    public void Dispose()
    {
        Cgroup?.Dispose();
        _orphans?.Dispose();
    }

    /// <summary>Adds an exec.</summary>
    public void Add(ExecRequest request)
    {
        lock (Sync)
        {
            StateRules.DemandInit(Init.State, Operation.Exec);
            // An exec with the container's own id would end as the container, as far as containerd can tell from its exit.
            if (request.ExecId == Id || !_processes.TryAdd(request.ExecId, new ExecProcess(this, request)))
            {
                throw ShimException.AlreadyExists("id " + request.ExecId);
            }

            Services.Events.Append(new Events.ExecAddedEvent(Id, request.ExecId));
        }
    }

    /// <summary>Adds an exec of an earlier engine, of which was told then.</summary>
    public ExecProcess AddAdopted(ExecRequest request)
    {
        ExecProcess exec = new(this, request);
        lock (Sync)
        {
            _processes.Add(request.ExecId, exec);
        }

        return exec;
    }

    public void Remove(ExecProcess process)
    {
        lock (Sync)
        {
            _processes.Remove(process.Id);
        }
    }

    /// <summary>The exec of an id.</summary>
    /// <exception cref="ShimException">NotFound.</exception>
    public ExecProcess Exec(string execId)
    {
        lock (Sync)
        {
            return _processes.GetValueOrDefault(execId) ?? throw ShimException.NotFound("process does not exist " + execId);
        }
    }

    /// <summary>The init process for an empty id, else the exec.</summary>
    public ManagedProcess Process(string execId) => execId.Length == 0 ? Init : Exec(execId);

    public IReadOnlyList<ExecProcess> AllExecs()
    {
        lock (Sync)
        {
            return [.. _processes.Values];
        }
    }

    /// <summary>The init process and the execs.</summary>
    public IEnumerable<ManagedProcess> AllProcesses() => AllExecs().Append<ManagedProcess>(Init);

    public StateResult State(string execId)
    {
        lock (Sync)
        {
            if (execId.Length == 0)
            {
                return Init.ToStateResult(Init.State);
            }

            ExecProcess exec = Exec(execId);
            bool frozen = Init.State is ProcessState.Paused or ProcessState.Pausing;
            return exec.ToStateResult(frozen && exec.State is (ProcessState.Created or ProcessState.Running) ? Init.State : exec.State);
        }
    }

    /// <remarks>
    /// A containerd that comes back asks for the processes of each container before it takes events, and deletes those that have none as
    /// if they had never been made (loadShim, containerd#6860): nobody would learn how they ended. Until its exit has been taken, a process
    /// is therefore listed.
    /// </remarks>
    public async Task<PidsResult> PidsAsync(CancellationToken cancellationToken)
    {
        lock (Sync)
        {
            DemandNotDeleted();
            if (Init.State == ProcessState.Stopped && Services.Events.IsExitPending(Id))
            {
                return new PidsResult([new ContainerProcess(Init.Pid, "")]);
            }
        }

        // The kernel knows without a process being started, and while the runtime hangs. None of a container that runs: its cgroup is elsewhere.
        IReadOnlyList<int> pids = Cgroup?.Processes() ?? [];
        if (pids.Count == 0 && State("").Status != Tasks.ContainerStatus.Stopped)
        {
            pids = await Services.Runtime.PidsAsync(Runtime, cancellationToken).ConfigureAwait(false);
        }

        Dictionary<int, string> execs = [];
        lock (Sync)
        {
            foreach (ExecProcess exec in _processes.Values)
            {
                if (exec.State == ProcessState.Running)
                {
                    execs[exec.Pid] = exec.Id;
                }
            }
        }

        return new PidsResult([.. pids.Select(pid => new ContainerProcess(pid, execs.GetValueOrDefault(pid, "")))]);
    }

    public StatsResult Stats()
    {
        lock (Sync)
        {
            DemandNotDeleted();
        }

        return new((Cgroup ?? throw ShimException.NotFound("cgroup does not exist")).ReadMetrics());
    }

    /// <summary>Finds the cgroup by its init process, which has just been made, best effort: without it there are no stats.</summary>
    public void LoadCgroup(int pid)
    {
        LoadCgroup(() => Services.Cgroups.Load(pid));
        CgroupLocation = (Cgroup as ILocatedCgroup)?.Location ?? (Services.Cgroups is ILocatedCgroups ? "" : null);
    }

    /// <summary>Finds the cgroup again in which the init process was made; where it is not on record, the one in which that is now.</summary>
    public void FindCgroup(string? location, int pid)
    {
        CgroupLocation = location;
        if (location is null || Services.Cgroups is not ILocatedCgroups cgroups)
        {
            LoadCgroup(() => Services.Cgroups.Load(pid));
        }
        else if (location.Length > 0)
        {
            LoadCgroup(() => cgroups.Find(location));
        }
    }

    /// <summary>
    /// Makes a runtime call; when it was ended before its time, or died, and left the container frozen in the middle of things, thaws it
    /// (containerd#8102). What others had frozen before a call that fails by itself stays so.
    /// </summary>
    public async Task<T> CallRuntimeAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        bool wasFrozen = Cgroup is { IsFrozen: true };
        try
        {
            return await call(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ShimException { Code: ShimErrorCode.DeadlineExceeded }
            || (e is ShimException && !wasFrozen))
        {
            ThawIfStray();
            throw;
        }
    }

    /// <inheritdoc cref="CallRuntimeAsync{T}"/>
    public Task CallRuntimeAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) =>
        CallRuntimeAsync(
            async token =>
            {
                await call(token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    /// <summary>Makes a call for which the container is frozen rightly, so that another's failure meanwhile does not thaw it: CRIU's image would be torn.</summary>
    public async Task DumpAsync(Func<Task> call)
    {
        SetDumped(true);
        try
        {
            await call().ConfigureAwait(false);
        }
        finally
        {
            SetDumped(false);
        }
    }

    /// <summary>Thaws what is frozen and neither paused, being paused nor dumped.</summary>
    public void ThawIfStray()
    {
        bool meant;
        lock (Sync)
        {
            meant = _isDumped || Init.State is ProcessState.Paused or ProcessState.Pausing or ProcessState.Deleted;
        }

        if (!meant && Cgroup is { IsFrozen: true } cgroup)
        {
            cgroup.Thaw();
            Services.Logger.ThawedAfterRuntime(Id);
        }
    }

    /// <summary>The id, and the place of the cgroup, may be another's by then.</summary>
    private void DemandNotDeleted()
    {
        if (Init.State == ProcessState.Deleted)
        {
            throw ShimException.NotFound("container not created");
        }
    }

    private void SetDumped(bool value)
    {
        lock (Sync)
        {
            _isDumped = value;
        }
    }

    private void LoadCgroup(Func<ICgroup> load)
    {
        try
        {
            ICgroup cgroup = load();
            Cgroup?.Dispose();
            Cgroup = cgroup;
        }
#pragma warning disable CA1031 // a container runs without its cgroup being known; containerd's shim does so too
        catch (Exception e)
#pragma warning restore CA1031
        {
            Services.Logger.CgroupNotLoaded(e, Id);
        }
    }
}
