using Spectre.Console;

namespace EmbeddedHost.Output;

/// <summary>Tables: fitted to a terminal, and as wide as they are for a file or a pipe.</summary>
internal static class Screen
{
    private const int Unbounded = 4096;

    public static IAnsiConsole Create()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = Unbounded;
        }

        return console;
    }

    public static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.None);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column).NoWrap().PadLeft(0).PadRight(3));
        }

        return table;
    }
}
