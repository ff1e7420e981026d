using System.CommandLine;
using ContainerShim.Sdk;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Processes;
using EmbeddedHost.Containers;
using EmbeddedHost.Output;
using EmbeddedHost.Terminals;

namespace EmbeddedHost.Commands;

/// <summary><c>run</c>: a new container, in the foreground or left running.</summary>
internal static class RunCommand
{
    private const string Description = """
        Run a command in a new container. Ends with the exit code of the command; with 125 when there was no container to run it in,
        126 when it cannot be executed, 127 when there is no such command. Ctrl-C goes to the container; the second time it kills it.
        """;

    public static Command Create(StoreOptions store)
    {
        RunOptions options = new();
        Command command = new("run", Description);
        options.AddTo(command);
        command.SetAction((result, cancellationToken) =>
        {
            BundleBuilder bundle = options.NewBundle(result);
            ContainerRecord record = options.NewRecord(result);
            return result.GetValue(options.Detach)
                ? DetachedAsync(store.Store(result).Create(record), record, bundle, cancellationToken)
                : ForegroundAsync(
                    () => store.Store(result).Create(record),
                    record,
                    bundle,
                    Attachment.Choose(result.GetValue(options.Interactive), result.GetValue(options.Terminal)),
                    (result.GetValue(options.Remove), result.GetValue(options.Events)),
                    cancellationToken);
        });
        return command;
    }

    private static async Task<int> DetachedAsync(ContainerFiles files, ContainerRecord record, BundleBuilder bundle, CancellationToken cancellationToken)
    {
        // The container writes the file itself, so that nobody has to live for it.
        string log = $"file://{Uri.EscapeDataString(files.LogPath).Replace("%2F", "/", StringComparison.Ordinal)}?direct=true";
        try
        {
            await using Session session = await Session.NewAsync(files, leaves: true, cancellationToken);
            await using Unfinished unfinished = new(
                await session.Engine.CreateContainerAsync(files.Name, bundle, new StdioPaths { Stdout = log, Stderr = log }, cancellationToken));
            await unfinished.Container.StartAsync(cancellationToken);
            files.Write(record with { Process = ProcessIdentity.Of(unfinished.Container.Pid) });
            unfinished.Keep();
        }
        catch
        {
            files.Remove();
            throw;
        }

        Console.WriteLine(files.Name);
        return 0;
    }

    private static async Task<int> ForegroundAsync(
        Func<ContainerFiles> create, ContainerRecord record, BundleBuilder bundle, ContainerStdio stdio, (bool Remove, bool Events) wishes, CancellationToken cancellationToken)
    {
        ContainerFiles files = create();
        bool removes = true;
        try
        {
            ProcessExit exit;
            await using (FileStream log = new(files.LogPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
            await using (Session session = await Session.NewAsync(files, leaves: !wishes.Remove, cancellationToken))
            await using (IAsyncDisposable? events = wishes.Events ? EventPrinter.Start(session.Engine.Events) : null)
            {
                await using Unfinished unfinished = new(await session.Engine.CreateContainerAsync(files.Name, bundle, stdio, cancellationToken));
                ShimContainer container = unfinished.Container;
                exit = await Attachment.RunAsync(
                    AttachedProcess.Of(container, stdio),
                    stdio,
                    async () =>
                    {
                        await container.StartAsync(cancellationToken);
                        files.Write(record with { Process = ProcessIdentity.Of(container.Pid) });
                    },
                    log);
                if (!wishes.Remove)
                {
                    files.Write(files.Read() with { Exit = exit, Host = null });
                    unfinished.Keep();
                    removes = false;
                }
            }

            if (exit.OomKilled)
            {
                Complaint.Hint($"{files.Name} was killed for want of memory; give it more with --memory");
            }

            return exit.ExitCode;
        }
        finally
        {
            if (removes)
            {
                files.Remove();
            }
        }
    }
}
