// Reads requests from its input, one a line: a number, a command, its arguments. Answers "NUMBER ok …" or "NUMBER error CODE …"; tells events
// as "event TOPIC CONTAINER PROCESS STATUS". Ends with its input.
using ContainerShim.Sdk;
using ContainerShim.Sdk.TestHost;

ContainerShimEngine engine;
HostCensus before;
try
{
    HostCensus.WarmUp();
    before = HostCensus.Take();
    engine = ContainerShimEngine.Create(new ContainerShimOptions
    {
        StateDirectory = args[0],
        Namespace = args[1],
        ExitTracking = Enum.Parse<ExitTracking>(args[2]),
        Stdio = { Schemes = { "file", "binary" } },
    });
}
catch (ShimException e)
{
    Answers.Write($"0 error {e.Code} {e.Message}");
    return 1;
}

Answers.Write($"0 ok {Environment.ProcessId}");
Task events = args is [.., "deaf"] ? Task.CompletedTask : Answers.WriteEventsAsync(engine.Events);
HostCommands commands = new(engine, before);
List<Task> running = [];
while (await Console.In.ReadLineAsync() is { } line)
{
    running.Add(commands.AnswerAsync(line.Split('\t')));
}

await Task.WhenAll(running);
await engine.DisposeAsync();
await events;
string difference = before.DifferenceTo(HostCensus.Take());
Answers.Write($"end {(difference.Length == 0 ? "unchanged" : difference)}");
return 0;
