using System.CommandLine;
using ContainerShim.Sdk;
using ContainerShim.Sdk.Processes;
using EmbeddedHost.Containers;
using EmbeddedHost.Parsing;
using EmbeddedHost.Terminals;

namespace EmbeddedHost.Commands;

/// <summary><c>exec</c>: a further process in a running container.</summary>
internal static class ExecCommand
{
    public static Command Create(StoreOptions store)
    {
        Option<bool> interactive = new("--interactive", "-i") { Description = "Pass on the input" };
        Option<bool> terminal = new("--tty", "-t") { Description = "Give it a terminal" };
        Option<string[]> env = new("--env", "-e") { Description = "An environment variable; without a value, the one it has here", HelpName = "NAME[=VALUE]" };
        Option<string?> user = new("--user", "-u") { Description = "Whom it runs as, in numbers [default: as the container]", HelpName = "UID[:GID]" };
        Option<string?> directory = new("--workdir", "-w") { Description = "The directory it starts in [default: as the container]", HelpName = "DIR" };
        Argument<string> name = NameArguments.One(store);
        Argument<string[]> program = new("COMMAND")
        {
            Description = "The program to run, and its arguments",
            HelpName = "COMMAND [ARG...]",
            Arity = ArgumentArity.OneOrMore,
            CaptureRemainingTokens = true,
        };
        Command command = new("exec", "Run a command in a running container. Ends with its exit code, or with 125, 126 or 127 as 'run' does.")
        {
            interactive, terminal, env, user, directory, name, program,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            store.Store(result).Get(result.GetRequiredValue(name)),
            new ExecOptions
            {
                Args = result.GetRequiredValue(program),
                Env = Variable.ParseAll(result.GetValue(env) ?? []),
                User = result.GetValue(user) is { } text ? User.Parse(text) : null,
                WorkingDirectory = result.GetValue(directory),
                Stdio = Attachment.Choose(result.GetValue(interactive), result.GetValue(terminal)),
            },
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ContainerFiles files, ExecOptions options, CancellationToken cancellationToken)
    {
        if (!files.Read().IsRunning)
        {
            throw new ToolException($"container '{files.Name}' does not run; 'run' starts a new one");
        }

        await using Session session = await Session.FindAsync(files, cancellationToken);
        await using ShimProcess process = await session.Demand().ExecAsync(options, cancellationToken);
        ProcessExit exit = await Attachment.RunAsync(AttachedProcess.Of(process, options.Stdio), options.Stdio);
        return exit.ExitCode;
    }
}
