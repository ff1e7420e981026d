using System.Reflection;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Sandboxes;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>The whole of a shim binary: <c>return await ShimApplication.RunAsync(args, shim => shim.UseRuntime&lt;MyRuntime&gt;());</c></summary>
public static class ShimApplication
{
    /// <summary>The inherited listener stays open for the process that serves.</summary>
    private const int Inherited = 1;

    /// <summary>Does what containerd's command line asks: <c>start</c>, <c>delete</c>, <c>-info</c>, <c>-v</c>, or serves.</summary>
    /// <remarks>
    /// It is meant to be all that Main does, since it takes the process over: it becomes a child subreaper, sets SIGCHLD to its default
    /// and ignores SIGHUP and SIGPIPE. To run containers inside another program use the engine instead.
    /// </remarks>
    /// <returns>The exit code of the process: 0, or 1 with the reason on standard error.</returns>
    public static async Task<int> RunAsync(string[] args, Action<ShimBuilder>? configure = null)
    {
        if (args is [NamespaceHolder.Action, ..])
        {
            ProcessSetup.HoldNamespaces();
        }

        ProcessSetup.BecomeShim(Inherited);
        ProcessSetup.IgnoreHangUps();
        if ((DaemonEnvironment.ReadDescriptorLimit() ?? ProcessLimits.ReadSoftDescriptors(Libc.GetParentPid())) is { } soft)
        {
            ProcessLimits.SetSoftDescriptors(soft);
        }

        try
        {
            ShimBuilder builder = new();
            configure?.Invoke(builder);
            builder.Validate();
            await RunAsync(ShimFlags.Parse(args), builder).ConfigureAwait(false);
            return 0;
        }
        catch (Exception e) when (e is ShimException or IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync($"{RuntimeName(ProgramName)}: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }

    private static string ProgramName => Path.GetFileName(Environment.ProcessPath ?? "containerd-shim");

    private static async Task RunAsync(ShimFlags flags, ShimBuilder builder)
    {
        if (flags.Version)
        {
            (string version, string revision) = VersionOf(builder);
            await Console.Out.WriteLineAsync(
                $"{ProgramName}:\n  Version:  {version}\n  Revision: {revision}\n  .NET:     {Environment.Version}").ConfigureAwait(false);
            return;
        }

        if (flags.Info)
        {
            await InfoAsync(builder).ConfigureAwait(false);
            return;
        }

        if (flags.Namespace.Length == 0)
        {
            throw new ShimException(ShimErrorCode.InvalidArgument, "shim namespace cannot be empty");
        }

        switch (flags.Action)
        {
            case "start":
                ProcessSetup.IgnoreTermination();
                StartCommand.Run(flags, Console.OpenStandardInput(), Console.OpenStandardOutput());
                break;
            case "delete":
                ProcessSetup.IgnoreTermination();
                await DeleteAsync(flags, builder).ConfigureAwait(false);
                break;
            case "":
                await new ServeCommand(builder, flags).RunAsync().ConfigureAwait(false);
                break;
            default:
                throw ShimException.InvalidArgument($"unknown action {flags.Action}, expected start or delete");
        }
    }

    private static async Task InfoAsync(ShimBuilder builder)
    {
        using OwnedLinuxHost host = new(NullLogger.Instance, isSubreaper: false, isShared: false, runc: builder.Runc);
        (string version, string revision) = VersionOf(builder);
        InfoCommand command = new(builder.Name ?? RuntimeName(ProgramName), version, revision, RuntimeOf(builder, ContextOf(host, new ShimFlags())));
        await command.RunAsync(Console.OpenStandardInput(), Console.OpenStandardOutput(), CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task DeleteAsync(ShimFlags flags, ShimBuilder builder)
    {
        using OwnedLinuxHost host = new(NullLogger.Instance, isSubreaper: false, isShared: false, runc: builder.Runc);
        ShimContext context = ContextOf(host, flags);
        ICgroupLoader cgroups = builder.CgroupsFactory?.Invoke(context) ?? host.Cgroups;
        DeleteCommand command = new(RuntimeOf(builder, context), host.Monitor, cgroups, host.Mounter, host.Bundles, host.Time);
        await command.RunAsync(flags, Console.OpenStandardOutput(), Console.Error).ConfigureAwait(false);
    }

    private static IOciRuntime RuntimeOf(ShimBuilder builder, ShimContext context) =>
        builder.RuntimeFactory?.Invoke(context) ?? context.Host.Runtime;

    private static ShimContext ContextOf(LinuxHost host, ShimFlags flags) => new()
    {
        ContainerdNamespace = flags.Namespace,
        Id = flags.Id,
        ContainerdAddress = flags.Address,
        ContainerdTtrpcAddress = Environment.GetEnvironmentVariable("TTRPC_ADDRESS") ?? "",
        ContainerdBinary = flags.PublishBinary,
        Logger = NullLogger.Instance,
        Host = host,
        Time = host.Time,
    };

    /// <summary>containerd finds a binary by its runtime's name; this is the way back.</summary>
    private static string RuntimeName(string program)
    {
        const string Prefix = "containerd-shim-";
        string rest = program.StartsWith(Prefix, StringComparison.Ordinal) ? program[Prefix.Length..] : program;
        int dash = rest.LastIndexOf('-');
        return "io.containerd." + (dash < 0 ? rest : $"{rest[..dash]}.{rest[(dash + 1)..]}");
    }

    private static (string Version, string Revision) VersionOf(ShimBuilder builder)
    {
        string full = builder.Version
            ?? Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "0";
        int plus = full.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (full, "") : (full[..plus], full[(plus + 1)..]);
    }
}
