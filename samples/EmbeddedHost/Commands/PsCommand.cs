using System.CommandLine;
using EmbeddedHost.Containers;
using EmbeddedHost.Output;
using EmbeddedHost.Parsing;
using Spectre.Console;

namespace EmbeddedHost.Commands;

/// <summary><c>ps</c>: the containers there are.</summary>
internal static class PsCommand
{
    public static Command Create(StoreOptions store)
    {
        Option<bool> quiet = new("--quiet", "-q") { Description = "Print names only" };
        Command command = new("ps", "List the containers, also those that have ended, and how.") { quiet };
        command.SetAction(async (result, cancellationToken) =>
        {
            IReadOnlyList<ContainerFiles> containers = store.Store(result).All();
            if (result.GetValue(quiet))
            {
                foreach (ContainerFiles files in containers)
                {
                    Console.WriteLine(files.Name);
                }

                return;
            }

            ContainerRecord[] records = await Task.WhenAll(containers.Select(files => Observation.LookAsync(files, cancellationToken)));
            Print(records);
        });
        return command;
    }

    private static void Print(IReadOnlyList<ContainerRecord> records)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Table table = Screen.NewTable("NAME", "STATE", "PID", "CREATED", "COMMAND");
        foreach (ContainerRecord record in records)
        {
            table.AddRow(
                new Text(record.Name),
                new Text(ContainerText.State(record, now), record.IsRunning ? new Style(Color.Green) : Style.Plain),
                new Text(record.IsRunning ? $"{record.Process!.Pid}" : ""),
                new Text($"{Quantity.Text(now - record.CreatedAt)} ago"),
                new Text(ContainerText.Command(record)).Ellipsis());
        }

        Screen.Create().Write(table);
    }
}
