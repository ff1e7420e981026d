namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Removes what a test left on the machine, whatever state it failed in. A test for leaks takes its <see cref="Census"/> before.</summary>
internal static class Leftovers
{
    public static async Task RemoveAsync(ContainerdInstance instance)
    {
        await Eventually.BecomesAsync(
            async () =>
            {
                IReadOnlyList<ProcFsProcess> processes = ProcFs.ProcessesOf(instance.Namespace);
                await SignalAsync(processes, "KILL");
                return processes.Count;
            },
            count => count == 0,
            $"the processes of {instance.Namespace} end");

        foreach (string mount in Census.MountsBelow(instance.Directory))
        {
            await Command.RunAsync("umount", ["--lazy", mount]);
        }

        // The kernel may hold a cgroup for a moment after its last process: EBUSY.
        await Eventually.ShowsAsync(() => RemoveCgroups(instance.Namespace), left => left == 0, $"the cgroups of {instance.Namespace} go");
        RemoveSockets(instance);
        Remove(Path.Combine(Census.RuntimeRoot, instance.Namespace));
        Remove(instance.Directory);
    }

    public static Task<CommandResult> KillAsync(ProcFsProcess process) => SignalAsync([process], "KILL");

    private static async Task<CommandResult> SignalAsync(IReadOnlyList<ProcFsProcess> processes, string signal) =>
        processes.Count == 0
            ? new CommandResult("kill", 0, string.Empty, string.Empty)
            : await Command.RunAsync("kill", ["-s", signal, .. processes.Select(process => process.Pid.ToString())]);

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

    private static void RemoveSockets(ContainerdInstance instance)
    {
        foreach (string socket in instance.Ctr.Containers.SelectMany(id => Census.SocketsOf(instance, id)))
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
