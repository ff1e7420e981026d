// Runs a command in a container inside this very process: no daemon, no shim beside it. Needs root and runc.
using ContainerShim.Sdk;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using HostProject;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: HostProject ROOTFS COMMAND [ARGUMENT]...");
    return 2;
}

using Bundle bundle = Bundle.Create(rootfs: args[0], command: args[1..]);
await using ContainerShimEngine engine = ContainerShimEngine.Create(new ContainerShimOptions
{
    Namespace = "default",
    StateDirectory = bundle.StateDirectory,
    // Exact exit codes on every kernel; from Linux 6.15 on they are exact without it.
    BecomeSubreaper = true,
});
Task events = PrintEventsAsync(engine.Events);
ProcessExit exit;
await using (ShimContainer container = await engine.CreateContainerAsync("demo", bundle.Path, new StdioPaths { Stdout = $"file://{bundle.Log}", Stderr = $"file://{bundle.Log}" }))
{
    await container.StartAsync();
    exit = await container.WaitAsync();
    await container.DeleteAsync();
}

await events;
Console.Write(File.ReadAllText(bundle.Log));
Console.WriteLine($"exit code {exit.ExitCode}");
return exit.ExitCode;

// Ends with the deletion, the last event of a container.
static async Task PrintEventsAsync(ChannelEventPublisher events)
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
