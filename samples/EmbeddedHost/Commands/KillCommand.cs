using System.CommandLine;
using EmbeddedHost.Containers;
using EmbeddedHost.Parsing;

namespace EmbeddedHost.Commands;

/// <summary><c>kill</c>: a signal.</summary>
internal static class KillCommand
{
    public static Command Create(StoreOptions store)
    {
        Argument<string[]> names = NameArguments.Several(store);
        Option<string> signal = new("--signal", "-s")
        {
            Description = "Which, by name or number",
            HelpName = "SIGNAL",
            DefaultValueFactory = _ => "KILL",
        };
        Command command = new("kill", "Send a signal to the first process of containers.") { names, signal };
        command.SetAction((result, cancellationToken) =>
        {
            int number = SignalName.Parse(result.GetRequiredValue(signal)).Number;
            return NameArguments.EachAsync(
                result.GetRequiredValue(names),
                name => Ending.SignalAsync(store.Store(result).Get(name), number, cancellationToken));
        });
        return command;
    }
}
