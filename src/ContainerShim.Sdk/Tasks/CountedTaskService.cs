namespace ContainerShim.Sdk.Tasks;

/// <summary>The task service of an engine in a host process: its calls are the engine's, and end with it.</summary>
internal sealed class CountedTaskService(IShimTaskService inner, EngineCalls calls) : IShimTaskService
{
    public Task<CreateTaskResult> CreateAsync(CreateTaskRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.CreateAsync(request, token), cancellationToken);

    public Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.StartAsync(request, token), cancellationToken);

    public Task<DeleteResult> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.DeleteAsync(request, token), cancellationToken);

    public Task ExecAsync(ExecRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.ExecAsync(request, token), cancellationToken);

    public Task ResizePtyAsync(ResizePtyRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.ResizePtyAsync(request, token), cancellationToken);

    public Task<StateResult> StateAsync(StateRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.StateAsync(request, token), cancellationToken);

    public Task<PidsResult> PidsAsync(PidsRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.PidsAsync(request, token), cancellationToken);

    public Task PauseAsync(PauseRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.PauseAsync(request, token), cancellationToken);

    public Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.ResumeAsync(request, token), cancellationToken);

    public Task CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.CheckpointAsync(request, token), cancellationToken);

    public Task KillAsync(KillRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.KillAsync(request, token), cancellationToken);

    public Task CloseIOAsync(CloseIORequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.CloseIOAsync(request, token), cancellationToken);

    public Task UpdateAsync(UpdateRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.UpdateAsync(request, token), cancellationToken);

    /// <summary>Not waited for by the engine's end: it lasts as long as the process does, and an engine that ends its containers lets it see that.</summary>
    public async Task<WaitResult> WaitAsync(WaitRequest request, CancellationToken cancellationToken = default)
    {
        calls.ThrowIfEnded();
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<WaitResult> wait = inner.WaitAsync(request, ending.Token);
        await calls.WaitAsync(wait, cancellationToken).ConfigureAwait(false);
        if (!wait.IsCompleted)
        {
            await ending.CancelAsync().ConfigureAwait(false);
            calls.ThrowIfEnded();
        }

        return await wait.ConfigureAwait(false);
    }

    public Task<StatsResult> StatsAsync(StatsRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.StatsAsync(request, token), cancellationToken);

    public Task<ConnectResult> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.ConnectAsync(request, token), cancellationToken);

    public Task ShutdownAsync(ShutdownRequest request, CancellationToken cancellationToken = default) =>
        calls.RunAsync(token => inner.ShutdownAsync(request, token), cancellationToken);
}
