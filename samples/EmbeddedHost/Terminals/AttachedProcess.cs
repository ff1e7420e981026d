using ContainerShim.Sdk;
using ContainerShim.Sdk.Processes;

namespace EmbeddedHost.Terminals;

/// <summary>What <see cref="Attachment"/> needs of a container or of a further process in it.</summary>
internal sealed record AttachedProcess
{
    public required Stream? Input { get; init; }

    public required Stream Output { get; init; }

    /// <summary>Null with a terminal.</summary>
    public required Stream? Error { get; init; }

    public required Func<int, int, Task> Resize { get; init; }

    public required Func<int, Task> Signal { get; init; }

    public required Func<Task<ProcessExit>> Wait { get; init; }

    public static AttachedProcess Of(ShimContainer container, ContainerStdio stdio) => new()
    {
        Input = stdio.Input ? container.StandardInput : null,
        Output = container.StandardOutput,
        Error = stdio.Error ? container.StandardError : null,
        Resize = (columns, rows) => container.ResizeAsync(columns, rows),
        Signal = signal => container.KillAsync(signal),
        Wait = () => container.WaitAsync(),
    };

    public static AttachedProcess Of(ShimProcess process, ContainerStdio stdio) => new()
    {
        Input = stdio.Input ? process.StandardInput : null,
        Output = process.StandardOutput,
        Error = stdio.Error ? process.StandardError : null,
        Resize = (columns, rows) => process.ResizeAsync(columns, rows),
        Signal = signal => process.KillAsync(signal),
        Wait = async () =>
        {
            ProcessExit exit = await process.WaitAsync();

            // What it left behind in the container may hold its streams open for ever; deletion ends them where they are.
            await process.DeleteAsync();
            return exit;
        },
    };
}
