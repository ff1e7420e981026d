using EmbeddedHost.Containers;
using EmbeddedHost.Parsing;

namespace EmbeddedHost.Output;

/// <summary>A container in words.</summary>
internal static class ContainerText
{
    public static string State(ContainerRecord record, DateTimeOffset now) => record switch
    {
        { Exit: { } exit } => $"{(exit.OomKilled ? "out of memory" : "exited")} ({exit.ExitCode}) {Quantity.Text(now - exit.ExitedAt)} ago",
        { IsRunning: true } => $"up {Quantity.Text(now - record.CreatedAt)}",
        { Process: null } => "not started",
        _ => "ended",
    };

    public static string Command(ContainerRecord record) =>
        string.Join(' ', record.Command.Select(argument => argument.AsSpan().ContainsAny(" \t\n\"") ? $"'{argument.ReplaceLineEndings(" ")}'" : argument));
}
