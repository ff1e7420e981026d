using System.Diagnostics;
using ContainerShim.Sdk;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Telemetry;

/// <summary>Runs one container, in a span of the program's own that the engine's spans become children of, and ends the program.</summary>
internal sealed class OneContainer(ContainerShimEngine engine, IConfiguration configuration, IHostApplicationLifetime lifetime) : BackgroundService
{
    public const string SourceName = "Telemetry.Sample";

    private static readonly ActivitySource Source = new(SourceName);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(configuration["Bundle"] ?? throw new InvalidOperationException("--Bundle=DIR is missing"), stoppingToken);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    private async Task RunAsync(string bundle, CancellationToken cancellationToken)
    {
        using Activity? activity = Source.StartActivity("run one container");
        await using ShimContainer container = await engine.CreateContainerAsync("one", bundle, StdioPaths.None, cancellationToken);
        await container.StartAsync(cancellationToken);
        ProcessExit exit = await container.WaitAsync(cancellationToken);
        Environment.ExitCode = exit.ExitCode;
    }
}
