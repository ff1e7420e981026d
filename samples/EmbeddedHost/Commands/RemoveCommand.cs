using System.CommandLine;
using EmbeddedHost.Containers;

namespace EmbeddedHost.Commands;

/// <summary><c>rm</c>: takes away what is left of containers.</summary>
internal static class RemoveCommand
{
    public static Command Create(StoreOptions store)
    {
        Argument<string[]> names = NameArguments.Several(store);
        Option<bool> force = new("--force", "-f") { Description = "Kill those that run" };
        Command command = new("rm", "Remove containers that have ended, with their logs.") { names, force };
        command.SetAction((result, cancellationToken) => NameArguments.EachAsync(
            result.GetRequiredValue(names),
            name => RemoveAsync(store.Store(result).Get(name), result.GetValue(force), cancellationToken)));
        return command;
    }

    private static async Task RemoveAsync(ContainerFiles files, bool force, CancellationToken cancellationToken)
    {
        if (files.Read().IsRunning)
        {
            if (!force)
            {
                throw new ToolException($"container '{files.Name}' runs; stop it first with 'stop {files.Name}', or remove it all the same with 'rm -f'");
            }

            await Ending.StopAsync(files, TimeSpan.Zero, cancellationToken);
        }

        // A session that leaves nothing: the engine takes its own directories and cgroups along.
        await using (Session session = await Session.FindAsync(files, cancellationToken, leaves: false))
        {
            if (session.Container is { } container)
            {
                await container.RemoveAsync(cancellationToken);
            }
        }

        files.Remove();
    }
}
