using ContainerShim.Sdk.Containers;

namespace ContainerShim.Sdk;

/// <content>What an earlier engine has left in the container.</content>
public sealed partial class ShimContainer
{
    private IReadOnlyList<ShimProcess>? _adopted;

    /// <summary>
    /// The further processes that were taken over with the container by <see cref="ContainerShimEngine.AdoptAsync"/>: those that run, and
    /// those that have ended and were not disposed of. Empty for a container of this engine; always the same objects.
    /// </summary>
    public IReadOnlyList<ShimProcess> AdoptedProcesses
    {
        get
        {
            lock (_lock)
            {
                return _adopted ??= [.. _container.AllExecs().Where(static exec => exec.IsAdopted).Select(HandleOf)];
            }
        }
    }

    private ShimProcess HandleOf(ExecProcess exec) => new(_context, _container, exec, _context.Streams.Find(exec.Paths), timeout: null);
}
