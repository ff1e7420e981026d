namespace ContainerShim.Sdk.Tasks;

/// <summary>
/// Hands every operation on to another task service. Derive from it to add to some operations, as HTTP has <c>DelegatingHandler</c>;
/// it is as safe for use from several threads as what it wraps.
/// </summary>
/// <param name="inner">Does what the derived class does not.</param>
public abstract class DelegatingTaskService(IShimTaskService inner) : IShimTaskService
{
    /// <summary>What is wrapped.</summary>
    protected IShimTaskService Inner { get; } = inner ?? throw new ArgumentNullException(nameof(inner));

    /// <inheritdoc/>
    public virtual Task<CreateTaskResult> CreateAsync(CreateTaskRequest request, CancellationToken cancellationToken = default) =>
        Inner.CreateAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default) =>
        Inner.StartAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<DeleteResult> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken = default) =>
        Inner.DeleteAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task ExecAsync(ExecRequest request, CancellationToken cancellationToken = default) =>
        Inner.ExecAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task ResizePtyAsync(ResizePtyRequest request, CancellationToken cancellationToken = default) =>
        Inner.ResizePtyAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<StateResult> StateAsync(StateRequest request, CancellationToken cancellationToken = default) =>
        Inner.StateAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<PidsResult> PidsAsync(PidsRequest request, CancellationToken cancellationToken = default) =>
        Inner.PidsAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task PauseAsync(PauseRequest request, CancellationToken cancellationToken = default) =>
        Inner.PauseAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken = default) =>
        Inner.ResumeAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken = default) =>
        Inner.CheckpointAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task KillAsync(KillRequest request, CancellationToken cancellationToken = default) =>
        Inner.KillAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task CloseIOAsync(CloseIORequest request, CancellationToken cancellationToken = default) =>
        Inner.CloseIOAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task UpdateAsync(UpdateRequest request, CancellationToken cancellationToken = default) =>
        Inner.UpdateAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<WaitResult> WaitAsync(WaitRequest request, CancellationToken cancellationToken = default) =>
        Inner.WaitAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<StatsResult> StatsAsync(StatsRequest request, CancellationToken cancellationToken = default) =>
        Inner.StatsAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<ConnectResult> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken = default) =>
        Inner.ConnectAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual Task ShutdownAsync(ShutdownRequest request, CancellationToken cancellationToken = default) =>
        Inner.ShutdownAsync(request, cancellationToken);
}
