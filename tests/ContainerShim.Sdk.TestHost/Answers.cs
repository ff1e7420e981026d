using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.TestHost;

/// <summary>The lines that the test reads.</summary>
internal static class Answers
{
    private static readonly Lock _lock = new();

    public static void Write(string line)
    {
        lock (_lock)
        {
            Console.Out.WriteLine(line.ReplaceLineEndings(" "));
            Console.Out.Flush();
        }
    }

    public static async Task WriteEventsAsync(ShimEvents events)
    {
        await foreach (EventEnvelope envelope in events.ReadAllAsync())
        {
            (string process, string status) = envelope.Event is TaskExitedEvent exited
                ? (exited.ProcessId, exited.Exit.ExitCode.ToString())
                : ("-", "-");
            Write($"event {envelope.Event.Topic} {envelope.Event.ContainerId} {process} {status}");
        }
    }
}
