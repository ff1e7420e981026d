using System.Globalization;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Runc;

/// <summary>The argument lists of runc's command line, without the name of the program. crun and youki understand the same.</summary>
internal static class RuncArguments
{
    private const string DefaultRoot = "/run/containerd/runc";

    internal static string LogPath(RuntimeContainer container) => Path.Join(container.Bundle, "log.json");

    internal static string InitPidPath(RuntimeContainer container) => Path.Join(container.Bundle, "init.pid");

    internal static string ExecPidPath(RuntimeContainer container, string execId) => ExecFiles.PidPath(container.Bundle, execId);

    /// <summary>Where a created process waits for its start.</summary>
    internal static string StartGatePath(RuntimeContainer container) => Path.Join(RootOf(container), container.Id, "exec.fifo");

    internal static string DefaultWorkPath(RuntimeContainer container) => Path.Join(container.Bundle, "work");

    internal static List<string> Create(RuntimeContainer container, RuntimeStdio stdio)
    {
        List<string> arguments = Begin(container, "create", "--bundle", container.Bundle, "--pid-file", InitPidPath(container));
        AddConsole(arguments, stdio);
        AddNoPivot(arguments, container);
        if (container.Options.NoNewKeyring)
        {
            arguments.Add("--no-new-keyring");
        }

        return End(arguments, container);
    }

    internal static List<string> Start(RuntimeContainer container) => End(Begin(container, "start"), container);

    internal static List<string> Exec(RuntimeContainer container, RuntimeExec exec, string processFile, bool detach = true)
    {
        List<string> arguments = BeginWithLog(container, ExecFiles.LogPath(container.Bundle, exec.ExecId), "exec", "--process", processFile);
        AddConsole(arguments, exec.Stdio);
        Add(arguments, detach, "--detach");
        arguments.AddRange(["--pid-file", ExecPidPath(container, exec.ExecId)]);
        return End(arguments, container);
    }

    internal static List<string> Kill(RuntimeContainer container, int signal, bool all)
    {
        List<string> arguments = Begin(container, "kill");
        if (all)
        {
            arguments.Add("--all");
        }

        arguments.AddRange([container.Id, signal.ToString(CultureInfo.InvariantCulture)]);
        return arguments;
    }

    internal static List<string> Delete(RuntimeContainer container, bool force)
    {
        List<string> arguments = Begin(container, "delete");
        if (force)
        {
            arguments.Add("--force");
        }

        return End(arguments, container);
    }

    internal static List<string> Pause(RuntimeContainer container) => End(Begin(container, "pause"), container);

    internal static List<string> Resume(RuntimeContainer container) => End(Begin(container, "resume"), container);

    internal static List<string> Update(RuntimeContainer container) => End(Begin(container, "update", "--resources=-"), container);

    internal static List<string> Ps(RuntimeContainer container) => End(Begin(container, "ps", "--format", "json"), container);

    internal static List<string> State(RuntimeContainer container) => End(Begin(container, "state"), container);

    internal static List<string> Checkpoint(RuntimeContainer container, RuntimeCheckpoint checkpoint, string workPath)
    {
        List<string> arguments = Begin(container, "checkpoint", "--image-path", checkpoint.ImagePath, "--work-path", workPath);
        Add(arguments, checkpoint.ParentPath.Length > 0, "--parent-path", checkpoint.ParentPath);
        Add(arguments, checkpoint.OpenTcp, "--tcp-established");
        Add(arguments, checkpoint.ExternalUnixSockets, "--ext-unix-sk");
        Add(arguments, checkpoint.Terminal, "--shell-job");
        Add(arguments, checkpoint.FileLocks, "--file-locks");
        Add(arguments, checkpoint.CgroupsMode.Length > 0, "--manage-cgroups-mode", checkpoint.CgroupsMode);
        foreach (string kind in checkpoint.EmptyNamespaces)
        {
            arguments.AddRange(["--empty-ns", kind]);
        }

        Add(arguments, !checkpoint.Exit, "--leave-running");
        return End(arguments, container);
    }

    /// <param name="container">The container.</param>
    /// <param name="restore">What to restore. Its parent path is no argument: criu finds the parent by a link in the image, and runc refuses the flag.</param>
    /// <param name="isCrun">crun refuses <c>--no-subreaper</c>, which it would not need: it never becomes one; and <c>--no-pivot</c>: criu makes the root.</param>
    internal static List<string> Restore(RuntimeContainer container, RuntimeRestore restore, bool isCrun)
    {
        string workPath = restore.WorkPath.Length > 0 ? restore.WorkPath : DefaultWorkPath(container);
        List<string> arguments = Begin(container, "restore", "--image-path", restore.ImagePath, "--work-path", workPath);
        arguments.AddRange(["--detach", "--pid-file", InitPidPath(container)]);
        AddConsole(arguments, restore.Stdio);
        if (!isCrun)
        {
            AddNoPivot(arguments, container);
            arguments.Add("--no-subreaper");
        }

        arguments.AddRange(["--bundle", container.Bundle]);
        return End(arguments, container);
    }

    /// <summary>The same with a log that can always be written to.</summary>
    internal static IReadOnlyList<string> WithoutLog(IReadOnlyList<string> arguments)
    {
        List<string> changed = [.. arguments];
        changed[changed.IndexOf("--log") + 1] = "/dev/null";
        return changed;
    }

    private static string RootOf(RuntimeContainer container) =>
        Path.Join(container.Options.Root.Length > 0 ? container.Options.Root : DefaultRoot, container.ContainerdNamespace);

    private static List<string> Begin(RuntimeContainer container, params ReadOnlySpan<string> command) =>
        BeginWithLog(container, LogPath(container), command);

    private static List<string> BeginWithLog(RuntimeContainer container, string logPath, params ReadOnlySpan<string> command)
    {
        List<string> arguments = ["--root", RootOf(container), "--log", logPath, "--log-format", "json"];
        Add(arguments, container.Options.SystemdCgroup, "--systemd-cgroup");
        arguments.AddRange(command);
        return arguments;
    }

    private static List<string> End(List<string> arguments, RuntimeContainer container)
    {
        arguments.Add(container.Id);
        return arguments;
    }

    private static void AddConsole(List<string> arguments, RuntimeStdio stdio)
    {
        if (stdio.ConsoleSocket is { } socket)
        {
            arguments.AddRange(["--console-socket", socket]);
        }
    }

    private static void AddNoPivot(List<string> arguments, RuntimeContainer container) =>
        Add(arguments, container.Options.NoPivotRoot, "--no-pivot");

    private static void Add(List<string> arguments, bool condition, params ReadOnlySpan<string> more)
    {
        if (condition)
        {
            arguments.AddRange(more);
        }
    }
}
