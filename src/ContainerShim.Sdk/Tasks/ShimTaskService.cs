using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk.Tasks;

/// <summary>The engine's task service: checks requests and hands them to the container they concern.</summary>
internal sealed class ShimTaskService(EngineServices services) : IShimTaskService
{
    private readonly ContainerTable _containers = new();
    private readonly ContainerFactory _factory = new(services);
    private readonly TaskCompletionSource _shutdown = new(services.Completions);

    /// <summary>Ends when a client has asked for the end of the shim and no container was left.</summary>
    public Task ShutdownRequested => _shutdown.Task;

    public ContainerTable Containers => _containers;

    /// <summary>What became of the output of all processes.</summary>
    public StreamCounters Output => services.Stdio.Totals;

    /// <summary>Takes over the containers of an earlier engine, and returns them.</summary>
    public Task<IReadOnlyList<Container>> AdoptAsync(CancellationToken cancellationToken) =>
        new ContainerAdopter(services, _factory, _containers).AdoptAsync(cancellationToken);

    /// <summary>Removes what failed creations have left, as far as that is possible now.</summary>
    internal Task FinishRemovalsAsync() => _factory.FinishRemovalsAsync();

    /// <summary>Ends <see cref="ShutdownRequested"/>.</summary>
    public void RequestShutdown() => _shutdown.TrySetResult();

    public async Task<CreateTaskResult> CreateAsync(CreateTaskRequest request, CancellationToken cancellationToken = default)
    {
        Identifiers.Validate(request.Id);
        if (!Path.IsPathRooted(request.Bundle))
        {
            throw ShimException.InvalidArgument($"bundle {request.Bundle} is not an absolute path");
        }

        if (request.Options.Root.Length == 0)
        {
            request = request with { Options = request.Options with { Root = services.RuntimeRoot } };
        }

        if (request.Checkpoint.Length == 0 && request.Options.CriuImagePath.Length > 0)
        {
            // containerd looks for it in runc's options alone; in those of another runtime name it is ours to find.
            request = request with { Checkpoint = request.Options.CriuImagePath };
        }

        if (request.Checkpoint.Length > 0)
        {
            RequestPath.Demand(request.Checkpoint, "checkpoint");
        }

        _containers.Reserve(request.Id);
        IDisposable? hold = null;
        try
        {
            hold = services.Orphans.Hold();
            Container container = await _factory.CreateAsync(request, cancellationToken).ConfigureAwait(false);
            await ContainerFactory.AnnounceAsync(container, _containers).ConfigureAwait(false);
            return new CreateTaskResult(container.Init.Pid);
        }
        catch
        {
            _containers.Remove(request.Id);
            throw;
        }
        finally
        {
            hold?.Dispose();
        }
    }

    public async Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default)
    {
        Container container = Find(request.Id, request.ExecId);
        return await (request.ExecId.Length == 0
            ? container.Init.StartAsync(cancellationToken)
            : container.Exec(request.ExecId).StartAsync(cancellationToken)).ConfigureAwait(false);
    }

    public async Task<DeleteResult> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken = default)
    {
        Container container = Find(request.Id, request.ExecId);
        if (request.ExecId.Length > 0)
        {
            return await container.Exec(request.ExecId).DeleteAsync(cancellationToken).ConfigureAwait(false);
        }

        return await DeleteAsync(container, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes this container, never another that got its id later.</summary>
    internal async Task<DeleteResult> DeleteAsync(Container container, CancellationToken cancellationToken)
    {
        DeleteResult result = await _factory.DeleteAsync(container, cancellationToken).ConfigureAwait(false);
        _containers.Remove(container.Id);
        return result;
    }

    public Task ExecAsync(ExecRequest request, CancellationToken cancellationToken = default) => AnswerAsync(() =>
    {
        Container container = Find(request.Id, request.ExecId);
        Identifiers.Validate(request.ExecId);
        RequestJson.Demand(request.ProcessSpec, "process specification");
        container.Add(request);
    });

    public Task ResizePtyAsync(ResizePtyRequest request, CancellationToken cancellationToken = default) => AnswerAsync(() =>
    {
        Container container = Find(request.Id, request.ExecId);
        if (request.ExecId.Length == 0)
        {
            container.Init.ResizePty(request.Width, request.Height);
        }
        else
        {
            container.Exec(request.ExecId).ResizePty(request.Width, request.Height);
        }
    });

    public Task<StateResult> StateAsync(StateRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => Find(request.Id, request.ExecId).State(request.ExecId));

    public async Task<PidsResult> PidsAsync(PidsRequest request, CancellationToken cancellationToken = default) =>
        await Find(request.Id).PidsAsync(cancellationToken).ConfigureAwait(false);

    public async Task PauseAsync(PauseRequest request, CancellationToken cancellationToken = default) =>
        await Find(request.Id).Init.PauseAsync(cancellationToken).ConfigureAwait(false);

    public async Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken = default) =>
        await Find(request.Id).Init.ResumeAsync(cancellationToken).ConfigureAwait(false);

    public async Task CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken = default) =>
        await Find(request.Id).Init.CheckpointAsync(RequirePath(request.Checkpoint), cancellationToken).ConfigureAwait(false);

    public async Task KillAsync(KillRequest request, CancellationToken cancellationToken = default)
    {
        Container container = Find(request.Id, request.ExecId);
        if (request.ExecId.Length == 0)
        {
            await container.Init.KillAsync(request.Signal, request.All, cancellationToken).ConfigureAwait(false);
            return;
        }

        container.Exec(request.ExecId).Kill(request.Signal);
    }

    public Task CloseIOAsync(CloseIORequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => Find(request.Id, request.ExecId).Process(request.ExecId).CloseStdin());

    public async Task UpdateAsync(UpdateRequest request, CancellationToken cancellationToken = default)
    {
        Container container = Find(request.Id);
        RequestJson.Demand(request.Resources, "list of resources");
        await container.Init.UpdateAsync(request.Resources, cancellationToken).ConfigureAwait(false);
    }

    public async Task<WaitResult> WaitAsync(WaitRequest request, CancellationToken cancellationToken = default) =>
        await Find(request.Id, request.ExecId).Process(request.ExecId).Ended.WaitAsync(cancellationToken).ConfigureAwait(false);

    public Task<StatsResult> StatsAsync(StatsRequest request, CancellationToken cancellationToken = default) =>
        AnswerAsync(() => Find(request.Id).Stats());

    public Task<ConnectResult> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ConnectResult(Environment.ProcessId, _containers.Find(request.Id)?.Init.Pid ?? 0, ""));

    public Task ShutdownAsync(ShutdownRequest request, CancellationToken cancellationToken = default)
    {
        if (_containers.TryClose())
        {
            RequestShutdown();
        }

        return Task.CompletedTask;
    }

    /// <summary>Checks the paths of a checkpoint; that of its parent is relative to it, or the runtime's to judge.</summary>
    /// <exception cref="ShimException">InvalidArgument.</exception>
    internal static RuntimeCheckpoint RequirePath(RuntimeCheckpoint checkpoint)
    {
        if (checkpoint.ImagePath.Length == 0)
        {
            throw ShimException.InvalidArgument("checkpoint has no path");
        }

        RequestPath.Demand(checkpoint.ImagePath, "checkpoint");
        if (checkpoint.WorkPath.Length > 0)
        {
            RequestPath.Demand(checkpoint.WorkPath, "work path");
        }

        return checkpoint;
    }

    private static Task<T> AnswerAsync<T>(Func<T> answer)
    {
        try
        {
            return Task.FromResult(answer());
        }
        catch (ShimException e)
        {
            return Task.FromException<T>(e);
        }
    }

    private static Task AnswerAsync(Action action) => AnswerAsync(() =>
    {
        action();
        return true;
    });

    /// <summary>The container of a request. Ids are checked first: they become parts of paths and arguments.</summary>
    private Container Find(string id, string execId = "")
    {
        if (execId.Length > 0)
        {
            Identifiers.Validate(execId);
        }

        return _containers.Get(id);
    }
}
