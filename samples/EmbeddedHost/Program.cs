// A container inside this very process: no daemon, no shim process beside it.
using ContainerShim.Sdk;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using EmbeddedHost;

if (RunCommand.Parse(args) is not { } command)
{
    await Console.Error.WriteLineAsync("usage: EmbeddedHost run --rootfs DIR [--memory BYTES] ID COMMAND [ARGUMENT]...");
    return 2;
}

using CancellationTokenSource interrupted = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    interrupted.Cancel();
};

using TemporaryBundle bundle = TemporaryBundle.Create(command);
await using ContainerShimEngine engine = ContainerShimEngine.Create(new ContainerShimOptions
{
    Namespace = "embedded",
    StateDirectory = "/run/embedded-host",
});
Task events = PrintEventsAsync(engine.Events);
int status;
await using (OutputPump output = OutputPump.Start(bundle.Stdio))
{
    await using ShimContainer container = await engine.CreateContainerAsync(command.Id, bundle.Path, bundle.Stdio, interrupted.Token);
    await container.StartAsync(interrupted.Token);
    ProcessExit exit = await WaitOrKillAsync(container, interrupted.Token);
    await output.Ended;
    Console.WriteLine($"{command.Id} ended with {exit.ExitCode}{(exit.OomKilled ? ", killed for want of memory" : "")} at {exit.ExitedAt:HH:mm:ss.fff}");
    status = exit.ExitCode;
}

await events;
return status;

static async Task<ProcessExit> WaitOrKillAsync(ShimContainer container, CancellationToken interrupted)
{
    try
    {
        return await container.WaitAsync(interrupted);
    }
    catch (OperationCanceledException)
    {
        await container.KillAsync(cancellationToken: CancellationToken.None);
        return await container.WaitAsync(CancellationToken.None);
    }
}

// Ends with the deletion, the last event of a container.
static async Task PrintEventsAsync(ShimEvents events)
{
    await foreach (EventEnvelope envelope in events.ReadAllAsync())
    {
        Console.WriteLine($"event {envelope.Sequence} {envelope.Event.Topic} {envelope.Event.ContainerId}");
        if (envelope.Event is TaskDeletedEvent)
        {
            return;
        }
    }
}
