using System.CommandLine;
using EmbeddedHost.Containers;

namespace EmbeddedHost.Commands;

/// <summary><c>stop</c>: asks, waits, kills.</summary>
internal static class StopCommand
{
    private const double DefaultGrace = 10;

    public static Command Create(StoreOptions store)
    {
        Argument<string[]> names = NameArguments.Several(store);
        Option<double> grace = new("--time", "-t")
        {
            Description = "How long it may take to end before it is killed",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => DefaultGrace,
        };
        grace.Validators.Add(option =>
        {
            if (option.GetValueOrDefault<double>() is < 0 or > 1e6 or double.NaN)
            {
                option.AddError("a time to end of 0 seconds kills at once; less cannot be");
            }
        });
        Command command = new("stop", "Ask containers to end (SIGTERM, or their stop signal), and kill those that do not in time.") { names, grace };
        command.SetAction(result => NameArguments.EachAsync(
            result.GetRequiredValue(names),
            async name =>
            {
                using Interrupt interrupt = new();
                await Ending.StopAsync(store.Store(result).Get(name), TimeSpan.FromSeconds(result.GetValue(grace)), interrupt.Token);
            }));
        return command;
    }
}
