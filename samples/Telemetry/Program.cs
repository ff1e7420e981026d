// Runs a container and exports what the engine tells of it: to the console, or to a collector if OTEL_EXPORTER_OTLP_ENDPOINT names one.
//   Telemetry --Bundle=DIR     (a bundle is a directory with a config.json, as `runc spec` writes it, and a rootfs)
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Telemetry;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
bool hasCollector = builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 };

builder.Services.AddContainerShim(options => options.StateDirectory = "/run/telemetry-sample")
    .Bind(builder.Configuration.GetSection("ContainerShim"));
builder.Services.AddHostedService<OneContainer>();

builder.Services.AddOpenTelemetry()
    .ConfigureResource(static resource => resource.AddService("telemetry-sample"))
    .WithTracing(tracing =>
    {
        tracing.AddSource(ContainerShimTelemetry.Name, OneContainer.SourceName);
        _ = hasCollector ? tracing.AddOtlpExporter() : tracing.AddConsoleExporter();
    })
    .WithMetrics(metrics =>
    {
        metrics.AddMeter(ContainerShimTelemetry.Name);
        _ = hasCollector ? metrics.AddOtlpExporter() : metrics.AddConsoleExporter();
    })
    .WithLogging(logging => _ = hasCollector ? logging.AddOtlpExporter() : logging.AddConsoleExporter());
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

await builder.Build().RunAsync();
