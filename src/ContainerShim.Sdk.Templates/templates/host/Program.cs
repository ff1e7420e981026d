// Runs a command in a container inside this very process: no daemon, no shim beside it. Needs root and runc.
using ContainerShim.Sdk;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;

if (args.Length < 2)
{
    await Console.Error.WriteLineAsync("usage: HostProject ROOTFS COMMAND [ARGUMENT]...");
    return 2;
}

await using ContainerShimEngine engine = ContainerShimEngine.Create(new ContainerShimOptions
{
    Namespace = "default",
    StateDirectory = "/run/HostProject",
});
Task events = PrintEventsAsync(engine.Events);
BundleBuilder bundle = new BundleBuilder()
    .WithRootfs(args[0], readOnly: true)
    .WithArgs(args[1..])
    .WithLimits(new ResourceLimits { Memory = 256L << 20, Pids = 64 });
ProcessExit exit;
await using (ShimContainer container = await engine.CreateContainerAsync($"demo-{Environment.ProcessId}", bundle, ContainerStdio.OutputStreams))
{
    await container.StartAsync();
    Task output = container.StandardOutput.CopyToAsync(Console.OpenStandardOutput());
    Task errors = container.StandardError.CopyToAsync(Console.OpenStandardError());
    exit = await container.WaitAsync();
    await Task.WhenAll(output, errors);
}

await events;
Console.WriteLine($"exit code {exit.ExitCode}{(exit.OomKilled ? ", for want of memory" : "")}");
return exit.ExitCode;

// Ends with the deletion, the last event of a container.
static async Task PrintEventsAsync(ShimEvents events)
{
    await foreach (EventEnvelope envelope in events.ReadAllAsync())
    {
        Console.WriteLine($"event {envelope.Event.Topic} {envelope.Event.ContainerId}");
        if (envelope.Event is TaskDeletedEvent)
        {
            return;
        }
    }
}
