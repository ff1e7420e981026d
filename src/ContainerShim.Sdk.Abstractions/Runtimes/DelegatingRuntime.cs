namespace ContainerShim.Sdk.Runtimes;

/// <summary>
/// Hands every call on to another runtime. Derive from it to change some calls, of runc for example; it is as safe for use from several
/// threads as what it wraps, and can checkpoint if that can.
/// </summary>
/// <param name="inner">Does what the derived class does not.</param>
public abstract class DelegatingRuntime(IOciRuntime inner) : IOciRuntime, ICheckpointableRuntime, IStartWitness
{
    /// <summary>What is wrapped.</summary>
    protected IOciRuntime Inner { get; } = inner ?? throw new ArgumentNullException(nameof(inner));

    /// <inheritdoc/>
    public virtual bool CanCheckpoint => Inner is ICheckpointableRuntime { CanCheckpoint: true };

    /// <inheritdoc/>
    public virtual bool AwaitsStart(RuntimeContainer container) => Inner is IStartWitness witness && witness.AwaitsStart(container);

    /// <inheritdoc/>
    public virtual Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken = default) =>
        Inner.CreateAsync(container, stdio, cancellationToken);

    /// <inheritdoc/>
    public virtual Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Inner.StartAsync(container, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken = default) =>
        Inner.ExecAsync(container, exec, cancellationToken);

    /// <inheritdoc/>
    public virtual Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken = default) =>
        Inner.KillAsync(container, signal, all, cancellationToken);

    /// <inheritdoc/>
    public virtual Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken = default) =>
        Inner.DeleteAsync(container, force, cancellationToken);

    /// <inheritdoc/>
    public virtual Task PauseAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Inner.PauseAsync(container, cancellationToken);

    /// <inheritdoc/>
    public virtual Task ResumeAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Inner.ResumeAsync(container, cancellationToken);

    /// <inheritdoc/>
    public virtual Task UpdateAsync(RuntimeContainer container, ReadOnlyMemory<byte> resources, CancellationToken cancellationToken = default) =>
        Inner.UpdateAsync(container, resources, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Inner.PidsAsync(container, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Inner.StateAsync(container, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<RuntimeDescription> DescribeAsync(RuntimeOptions options, CancellationToken cancellationToken = default) =>
        Inner.DescribeAsync(options, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ShimException">Unimplemented: what is wrapped cannot.</exception>
    public virtual Task CheckpointAsync(RuntimeContainer container, RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default) =>
        Inner is ICheckpointableRuntime checkpointable
            ? checkpointable.CheckpointAsync(container, checkpoint, cancellationToken)
            : Task.FromException(ShimException.Unimplemented("the runtime cannot checkpoint"));

    /// <inheritdoc/>
    /// <exception cref="ShimException">Unimplemented: what is wrapped cannot.</exception>
    public virtual Task<int> RestoreAsync(RuntimeContainer container, RuntimeRestore restore, CancellationToken cancellationToken = default) =>
        Inner is ICheckpointableRuntime checkpointable
            ? checkpointable.RestoreAsync(container, restore, cancellationToken)
            : Task.FromException<int>(ShimException.Unimplemented("the runtime cannot restore"));
}
