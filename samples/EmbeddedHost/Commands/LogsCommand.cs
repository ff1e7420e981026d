using System.CommandLine;
using EmbeddedHost.Containers;
using EmbeddedHost.Output;

namespace EmbeddedHost.Commands;

/// <summary><c>logs</c>: what a container has written.</summary>
internal static class LogsCommand
{
    public static Command Create(StoreOptions store)
    {
        Argument<string> name = NameArguments.One(store);
        Option<bool> follow = new("--follow", "-f") { Description = "Go on until the container ends, or Ctrl-C" };
        Option<int?> tail = new("--tail", "-n") { Description = "Only the last lines", HelpName = "N" };
        Command command = new("logs", "Print what a container has written, to its output and its error output.") { name, follow, tail };
        command.SetAction(async result =>
        {
            using Interrupt interrupt = new();
            ContainerFiles files = store.Store(result).Get(result.GetRequiredValue(name));
            using LogReader reader = new(files, Console.OpenStandardOutput());
            await reader.CopyAsync(result.GetValue(tail), result.GetValue(follow), interrupt.Token);
        });
        return command;
    }
}
