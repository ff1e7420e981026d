using System.CommandLine;
using ContainerShim.Sdk;
using EmbeddedHost.Commands;
using EmbeddedHost.Containers;

namespace EmbeddedHost;

/// <summary>From the arguments to an exit code.</summary>
internal static class CommandLine
{
    private const string Description = """
        Runs containers with the shim inside this process: no daemon, no shim process. A container goes on when the command
        that started it ends, and the next command finds it again.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        RootCommand root = CreateRoot();
        ParseResult result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        string command = result.CommandResult.Command.Name;
        int failure = command is "run" or "exec" ? ExitCodes.ToolFailed : ExitCodes.Failed;
        if (result.Errors.Count > 0 && args.Length > 0)
        {
            Complaint.Write(string.Join("; ", result.Errors.Select(error => error.Message)));
            Complaint.Hint($"see '{root.Name}{(command == root.Name ? "" : " " + command)} --help'");
            return failure;
        }

        try
        {
            // Signals are each command's own affair: some forward them.
            return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception exception) when (Complaint.Explains(exception))
        {
            Complaint.Write(exception.Message);
            return exception is ToolException { ExitCode: { } code } ? code : exception is ShimException shim ? ExitCodes.Of(shim, failure) : failure;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static RootCommand CreateRoot()
    {
        StoreOptions store = new();
        RootCommand root = new(Description)
        {
            RunCommand.Create(store),
            ExecCommand.Create(store),
            PsCommand.Create(store),
            LogsCommand.Create(store),
            StatsCommand.Create(store),
            StopCommand.Create(store),
            KillCommand.Create(store),
            RemoveCommand.Create(store),
        };
        root.Add(store.Root);
        root.Add(store.Namespace);
        return root;
    }
}
