using System.CommandLine;
using ContainerShim.Sdk.Bundles;
using EmbeddedHost.Containers;
using EmbeddedHost.Parsing;

namespace EmbeddedHost.Commands;

/// <summary>What can be said of a new container.</summary>
internal sealed class RunOptions
{
    public Option<bool> Interactive { get; } = new("--interactive", "-i") { Description = "Pass on the input" };

    public Option<bool> Terminal { get; } = new("--tty", "-t") { Description = "Give it a terminal" };

    public Option<bool> Detach { get; } = new("--detach", "-d") { Description = "Leave it running and print its name; its output goes to a log" };

    public Option<bool> Remove { get; } = new("--rm") { Description = "Remove it when it has ended (not with -d)" };

    public Option<bool> Events { get; } = new("--events") { Description = "Print what happens to it on the error output (not with -d)" };

    public Option<string?> Name { get; } = new("--name") { Description = "Its name [default: an invented one]", HelpName = "NAME" };

    public Option<string> Rootfs { get; } = new("--rootfs") { Description = "The directory that is its root", HelpName = "DIR", Required = true };

    public Option<bool> ReadOnly { get; } = new("--read-only") { Description = "Let it write to volumes and memory only" };

    public Option<string?> Hostname { get; } = new("--hostname") { Description = "Its host name [default: its name]", HelpName = "NAME" };

    public Option<bool> HostNetwork { get; } = new("--host-network") { Description = "Share the network of this machine [default: loopback only, down]" };

    public Option<string?> Memory { get; } = new("--memory", "-m") { Description = "Most memory, as 64m; beyond it the kernel kills", HelpName = "SIZE" };

    public Option<double?> Cpus { get; } = new("--cpus") { Description = "Most CPUs' worth of time, as 0.5", HelpName = "N" };

    public Option<long?> Pids { get; } = new("--pids") { Description = "Most processes and threads", HelpName = "N" };

    public Option<string[]> Env { get; } = new("--env", "-e") { Description = "An environment variable; without a value, the one it has here", HelpName = "NAME[=VALUE]" };

    public Option<string[]> Volumes { get; } = new("--volume", "-v") { Description = "Show it a file or directory of this machine", HelpName = "SRC:DST[:ro]" };

    public Option<string[]> Tmpfs { get; } = new("--tmpfs") { Description = "Give it an empty directory in memory", HelpName = "DST" };

    public Option<string?> User { get; } = new("--user", "-u") { Description = "Whom it runs as, in numbers [default: 0:0]", HelpName = "UID[:GID]" };

    public Option<string?> Directory { get; } = new("--workdir", "-w") { Description = "The directory it starts in [default: /]", HelpName = "DIR" };

    public Option<string[]> AddCapabilities { get; } = new("--cap-add") { Description = "Give it a capability, as CAP_NET_ADMIN", HelpName = "CAP" };

    public Option<string[]> DropCapabilities { get; } = new("--cap-drop") { Description = "Take a capability from it", HelpName = "CAP" };

    public Option<string?> StopSignal { get; } = new("--stop-signal") { Description = "What 'stop' sends first [default: TERM]", HelpName = "SIGNAL" };

    public Argument<string[]> Command { get; } = new("COMMAND")
    {
        Description = "The program to run in it, and its arguments",
        HelpName = "COMMAND [ARG...]",
        Arity = ArgumentArity.OneOrMore,
        CaptureRemainingTokens = true,
    };

    public void AddTo(Command command)
    {
        Option[] options =
        [
            Rootfs, Name, Interactive, Terminal, Detach, Remove, Memory, Cpus, Pids, Env, Volumes, Tmpfs, ReadOnly, User, Directory, Hostname,
            HostNetwork, AddCapabilities, DropCapabilities, StopSignal, Events,
        ];
        Array.ForEach(options, command.Add);
        command.Add(Command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Detach) && (result.GetValue(Interactive) || result.GetValue(Terminal) || result.GetValue(Remove) || result.GetValue(Events)))
            {
                result.AddError("-d leaves nobody to serve -i, -t, --rm or --events");
            }
        });
    }

    public ContainerRecord NewRecord(ParseResult result) => new()
    {
        Name = result.GetValue(Name) ?? Names.Invent(),
        Rootfs = Path.GetFullPath(result.GetRequiredValue(Rootfs)),
        Command = result.GetRequiredValue(Command),
        CreatedAt = DateTimeOffset.UtcNow,
        Host = result.GetValue(Detach) ? null : ProcessIdentity.Current,
    };

    /// <exception cref="ToolException">A value cannot be read.</exception>
    public BundleBuilder NewBundle(ParseResult result)
    {
        BundleBuilder bundle = new BundleBuilder()
            .WithRootfs(result.GetRequiredValue(Rootfs), result.GetValue(ReadOnly))
            .WithArgs(result.GetRequiredValue(Command))
            .WithEnv(Variable.ParseAll(result.GetValue(Env) ?? []))
            .AddCapabilities(result.GetValue(AddCapabilities) ?? [])
            .RemoveCapabilities(result.GetValue(DropCapabilities) ?? [])
            .WithLimits(new ResourceLimits
            {
                Memory = result.GetValue(Memory) is { } memory ? Quantity.Bytes(memory) : null,
                Cpus = result.GetValue(Cpus),
                Pids = result.GetValue(Pids),
            });
        if (result.GetValue(User) is { } user)
        {
            ContainerUser parsed = Parsing.User.Parse(user);
            bundle.WithUser(parsed.Uid, parsed.Gid);
        }

        if (result.GetValue(Directory) is { } directory)
        {
            bundle.WithWorkingDirectory(directory);
        }

        if (result.GetValue(Hostname) is { } hostname)
        {
            bundle.WithHostname(hostname);
        }

        if (result.GetValue(StopSignal) is { } signal)
        {
            bundle.WithStopSignal(SignalName.Parse(signal));
        }

        if (result.GetValue(HostNetwork))
        {
            bundle.WithHostNetwork();
        }

        foreach (Volume volume in (result.GetValue(Volumes) ?? []).Select(Volume.Parse))
        {
            bundle.AddBindMount(volume.Source, volume.Destination, volume.ReadOnly);
        }

        foreach (string destination in result.GetValue(Tmpfs) ?? [])
        {
            bundle.AddTmpfs(destination);
        }

        return bundle;
    }
}
