namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Removes what a test left on the machine, whatever state it failed in. A test for leaks takes its <see cref="Census"/> before.</summary>
internal static class Leftovers
{
    public static async Task RemoveAsync(ITestSite site)
    {
        Thaw(site.Namespace);
        await Eventually.BecomesAsync(
            async () =>
            {
                IReadOnlyList<ProcFsProcess> processes = ProcFs.ProcessesOf(site);
                await SignalAsync(processes, "KILL");
                return processes.Count;
            },
            count => count == 0,
            $"the processes of {site.Namespace} end");

        foreach (string mount in Census.MountsBelow(site.Directory))
        {
            await Command.RunAsync("umount", ["-l", mount]);
        }

        // The kernel may hold a cgroup for a moment after its last process: EBUSY.
        await Eventually.ShowsAsync(() => RemoveCgroups(site.Namespace), left => left == 0, $"the cgroups of {site.Namespace} go");
        RemoveSockets(site);
        Remove(site.RuntimeRoot);
        Remove(site.Directory);
    }

    public static Task<CommandResult> KillAsync(ProcFsProcess process) => SignalAsync([process], "KILL");

    private static async Task<CommandResult> SignalAsync(IReadOnlyList<ProcFsProcess> processes, string signal) =>
        processes.Count == 0
            ? new CommandResult("kill", 0, string.Empty, string.Empty)
            : await Command.RunAsync("kill", ["-s", signal, .. processes.Select(process => process.Pid.ToString())]);

    /// <summary>In the freezer of cgroup v1, SIGKILL has to wait for the thaw.</summary>
    private static void Thaw(string containerdNamespace)
    {
        foreach (string state in Census.CgroupsOf(containerdNamespace).Select(cgroup => Path.Combine(cgroup, "freezer.state")).Where(File.Exists))
        {
            File.WriteAllText(state, "THAWED");
        }
    }

    private static int RemoveCgroups(string containerdNamespace)
    {
        int left = 0;
        foreach (string cgroup in Census.CgroupsOf(containerdNamespace).Concat(Census.CgroupParents(containerdNamespace)))
        {
            try
            {
                Directory.Delete(cgroup);
            }
            catch (IOException)
            {
                left++;
            }
        }

        return left;
    }

    private static void RemoveSockets(ITestSite site)
    {
        foreach (string socket in site.Groups.SelectMany(id => Census.SocketsOf(site, id)))
        {
            File.Delete(socket);
        }
    }

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
