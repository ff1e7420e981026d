// A host with every package of the product, compiled ahead of time: what works under the JIT alone shows here.
// AotSmoke --Bundle=DIR --Containerd=SOCKET [--ContainerShim:Namespace=NAME …]
using AotSmoke;
using ContainerShim.Sdk;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Grpc;
using ContainerShim.Sdk.Hosting;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
string bundle = builder.Configuration["Bundle"] ?? throw new InvalidOperationException("--Bundle is missing");
string containerd = builder.Configuration["Containerd"] ?? throw new InvalidOperationException("--Containerd is missing");
ChannelEventPublisher events = new();
builder.Services.AddContainerShim()
    .Bind(builder.Configuration.GetSection("ContainerShim"))
    .UsePublisher(_ => new CompositeEventPublisher([events, new GrpcEventPublisher(containerd)]));
builder.Services.AddHealthChecks().AddContainerShim();

using SpanCounter spans = new();
using IHost host = builder.Build();
await host.StartAsync();

HealthReport health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
Console.WriteLine($"health {health.Status}");
await using (ContainerdClient client = new(containerd, "default"))
{
    Console.WriteLine($"containerd {(await client.GetVersionAsync()).Version}");
}

ContainerShimEngine engine = host.Services.GetRequiredService<ContainerShimEngine>();
await using (ShimContainer container = await engine.CreateContainerAsync("smoke", bundle))
{
    await container.StartAsync();
    ProcessExit exit = await container.WaitAsync();
    Console.WriteLine($"exit {exit.ExitCode}");
}

await host.StopAsync();
await foreach (EventEnvelope envelope in events.ReadAllAsync())
{
    Console.WriteLine($"event {envelope.Event.Topic}");
}

Console.WriteLine($"spans {(spans.Count > 0 ? "yes" : "no")}");
