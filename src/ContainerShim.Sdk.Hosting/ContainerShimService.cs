using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Starts an engine with the host, so that what is wrong with it fails the start, and ends it before the host's services go.</summary>
internal sealed class ContainerShimService(IServiceProvider services, string name) : IHostedService
{
    private ContainerShimEngine? _engine;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _engine = services.GetRequiredKeyedService<ContainerShimEngine>(name);
        return Task.CompletedTask;
    }

    /// <summary>The token is the host's shutdown timeout: after it the end goes on without being waited for.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_engine is { } engine)
        {
            await engine.DisposeAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
