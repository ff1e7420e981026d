using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ContainerShim.Sdk.Hosting;

/// <summary>
/// Starts an engine with the host, so that what is wrong with it fails the start and what an earlier host has left is there, and ends it
/// before the host's services go.
/// </summary>
internal sealed class ContainerShimService(IServiceProvider services, string name) : IHostedService
{
    private ContainerShimEngine? _engine;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _engine = services.GetRequiredKeyedService<ContainerShimEngine>(name);
        if (services.GetRequiredService<IOptionsMonitor<ContainerShimHostOptions>>().Get(name).AdoptAtStart)
        {
            await _engine.AdoptAsync(cancellationToken).ConfigureAwait(false);
        }
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
