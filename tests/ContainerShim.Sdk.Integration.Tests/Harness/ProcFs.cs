namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>A process as /proc tells it.</summary>
internal sealed record ProcFsProcess(int Pid, string CommandLine)
{
    public override string ToString() => $"{Pid} {CommandLine}";
}

/// <summary>Finds processes without asking containerd or the shim, whose word is under test.</summary>
internal static class ProcFs
{
    /// <summary>
    /// Shims (by their <c>-namespace</c> or <c>-address</c> argument), runtime calls (by their <c>--root</c>) and container processes (by their cgroup) of a
    /// site, and what holds the namespaces of its sandboxes (by the bundle); zombies are not counted.
    /// </summary>
    public static IReadOnlyList<ProcFsProcess> ProcessesOf(ITestSite site) =>
        [.. All().Where(process =>
            HasArgument(process, site.Namespace) ||
            HasArgument(process, site.Address) ||
            HasArgument(process, site.RuntimeRoot) ||
            HoldsNamespaces(process, site) ||
            IsInCgroup(process.Pid, site.Namespace))];

    /// <summary>Processes that have a name as an argument, and those in the cgroup of that name; zombies are not counted.</summary>
    public static IReadOnlyList<ProcFsProcess> ProcessesOf(string name) =>
        [.. All().Where(process => HasArgument(process, name) || IsInCgroup(process.Pid, name))];

    /// <summary>The shim process that serves a container.</summary>
    public static ProcFsProcess? FindShim(string containerdNamespace, string id) =>
        All().FirstOrDefault(process =>
            process.CommandLine.Contains("containerd-shim-", StringComparison.Ordinal) &&
            HasArgument(process, containerdNamespace) &&
            HasArgument(process, id));

    /// <summary>The processes of one cgroup, named by its path in any hierarchy.</summary>
    public static IReadOnlyList<ProcFsProcess> ProcessesInCgroup(string path) =>
        [.. All().Where(process => Read(process.Pid, "cgroup").Contains($":{path}\n", StringComparison.Ordinal))];

    /// <summary>The program's name; empty for a process that is gone.</summary>
    public static string NameOf(int pid) => Read(pid, "comm").TrimEnd();

    public static bool IsAlive(int pid) => Read(pid, "stat") is { Length: > 0 } stat && State(stat) is not ('Z' or 'X');

    private static IEnumerable<ProcFsProcess> All() =>
        from directory in Directory.EnumerateDirectories("/proc")
        let pid = int.TryParse(Path.GetFileName(directory), out int number) ? number : 0
        where pid > 0 && pid != Environment.ProcessId && IsAlive(pid)
        select new ProcFsProcess(pid, Read(pid, "cmdline").Replace('\0', ' ').TrimEnd());

    private static bool HoldsNamespaces(ProcFsProcess process, ITestSite site) =>
        process.CommandLine.Contains($" hold --log {site.StateDirectory}/", StringComparison.Ordinal);

    // A site without containerd has no address, and a kernel thread no arguments.
    private static bool HasArgument(ProcFsProcess process, string argument) =>
        argument.Length > 0 && process.CommandLine.Split(' ').Contains(argument);

    private static bool IsInCgroup(int pid, string containerdNamespace) =>
        Read(pid, "cgroup").Contains($"/{containerdNamespace}/", StringComparison.Ordinal);

    // The name in parentheses may hold anything, parentheses included: proc_pid_stat(5).
    private static char State(string stat) => stat[stat.LastIndexOf(')') + 2];

    private static string Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
