using System.CommandLine;
using EmbeddedHost.Containers;
using EmbeddedHost.Output;
using Spectre.Console;

namespace EmbeddedHost.Commands;

/// <summary><c>stats</c>: what running containers use.</summary>
internal static class StatsCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(300);

    public static Command Create(StoreOptions store)
    {
        Argument<string[]> names = NameArguments.Several(store);
        names.Arity = ArgumentArity.ZeroOrMore;
        names.Description = "The containers [default: all that run]";
        Option<bool> once = new("--no-stream") { Description = "Print one table and end" };
        Command command = new("stats", "Show what containers use, anew each second.") { names, once };
        command.SetAction(async result =>
        {
            using Interrupt interrupt = new();
            string[] chosen = result.GetValue(names) ?? [];
            ContainerStore containers = store.Store(result);
            StatsTable table = new(() => chosen.Length > 0 ? [.. chosen.Select(containers.Get)] : containers.All());
            await (result.GetValue(once) || Console.IsOutputRedirected ? OnceAsync(table, interrupt.Token) : LiveAsync(table, interrupt.Token));
        });
        return command;
    }

    private static async Task OnceAsync(StatsTable table, CancellationToken cancellationToken)
    {
        // A share of the CPU is a difference.
        await table.ReadAsync(cancellationToken);
        await Task.Delay(FirstInterval, cancellationToken);
        Screen.Create().Write(await table.ReadAsync(cancellationToken));
    }

    private static async Task LiveAsync(StatsTable table, CancellationToken cancellationToken)
    {
        try
        {
            await Screen.Create().Live(await table.ReadAsync(cancellationToken)).StartAsync(async live =>
            {
                using PeriodicTimer timer = new(Interval);
                while (await timer.WaitForNextTickAsync(cancellationToken))
                {
                    live.UpdateTarget(await table.ReadAsync(cancellationToken));
                }
            });
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is the way out.
        }
    }
}
