using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk;

/// <summary>One container of a <see cref="ContainerShimEngine"/>. Safe for use from several threads.</summary>
public sealed class ShimContainer : IAsyncDisposable
{
    private const int SigKill = 9;

    private readonly ShimTaskService _engine;
    private readonly IShimTaskService _tasks;

    /// <param name="engine">The engine's own service, which knows more of a container than any service tells.</param>
    /// <param name="tasks">The service that is called, with whatever the host put around the engine's own.</param>
    /// <param name="id">The container.</param>
    /// <param name="pid">Its init process.</param>
    internal ShimContainer(ShimTaskService engine, IShimTaskService tasks, string id, int pid)
    {
        _engine = engine;
        _tasks = tasks;
        Id = id;
        Pid = pid;
    }

    /// <summary>Its id.</summary>
    public string Id { get; }

    /// <summary>Its init process, in the pid namespace of this process.</summary>
    public int Pid { get; }

    /// <summary>Starts the init process.</summary>
    /// <exception cref="ShimException">Unknown: it was started before, or the runtime failed.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => _tasks.StartAsync(new StartRequest(Id), cancellationToken);

    /// <summary>Waits for the end of the init process. Answers at once when it has ended.</summary>
    /// <exception cref="ShimException">NotFound: the container was deleted.</exception>
    public async Task<ProcessExit> WaitAsync(CancellationToken cancellationToken = default)
    {
        await _tasks.WaitAsync(new WaitRequest(Id), cancellationToken).ConfigureAwait(false);
        return _engine.Containers.Get(Id).Init.Exit ?? throw ShimException.NotFound("container not created");
    }

    /// <summary>Sends a signal to the init process.</summary>
    /// <exception cref="ShimException">NotFound: it has ended.</exception>
    public Task KillAsync(int signal = SigKill, CancellationToken cancellationToken = default) =>
        _tasks.KillAsync(new KillRequest(Id, "", signal), cancellationToken);

    /// <summary>Removes the container, which must have ended or never have been started.</summary>
    /// <exception cref="ShimException">Unknown: it runs.</exception>
    public Task DeleteAsync(CancellationToken cancellationToken = default) => _tasks.DeleteAsync(new DeleteRequest(Id), cancellationToken);

    /// <summary>Kills the container if it runs, and removes it.</summary>
    public async ValueTask DisposeAsync() => await RemoveAsync(_tasks, Id, SigKill).ConfigureAwait(false);

    internal static async Task RemoveAsync(IShimTaskService tasks, string id, int signal)
    {
        try
        {
            StateResult state = await tasks.StateAsync(new StateRequest(id)).ConfigureAwait(false);
            if (state.Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Pausing)
            {
                await tasks.KillAsync(new KillRequest(id, "", signal, All: true)).ConfigureAwait(false);
                await tasks.WaitAsync(new WaitRequest(id)).ConfigureAwait(false);
            }

            await tasks.DeleteAsync(new DeleteRequest(id)).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // Removed by somebody else meanwhile.
        }
    }
}
