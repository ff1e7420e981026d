using ContainerShim.Sdk;

namespace EmbeddedHost.Containers;

/// <summary>A container that is removed again unless it is kept.</summary>
internal sealed class Unfinished(ShimContainer container) : IAsyncDisposable
{
    private bool _kept;

    public ShimContainer Container => container;

    public void Keep() => _kept = true;

    public async ValueTask DisposeAsync()
    {
        if (!_kept)
        {
            await container.RemoveAsync();
        }
    }
}
