using System.Globalization;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runc;

namespace ContainerShim.Sdk.Adoption;

/// <summary>Ends what an earlier engine had begun and nobody was told of.</summary>
internal static class Leftovers
{
    private const int SigKill = 9;

    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(2);

    /// <summary>A runtime call goes on without the engine that made it, and would change the container behind the back of the next one.</summary>
    /// <remarks>What crun has created, and nobody started, still carries the arguments of the call that created it.</remarks>
    internal static async Task EndRuntimeCallsAsync(EngineServices services, ProcessRecord init)
    {
        int created = ProcessIdentity.IsThere(init) ? init.Pid : 0;
        foreach (StrayRuntimeCall call in StrayRuntimeCalls.Find(init.Bundle).Where(call => call.Pid != created))
        {
            try
            {
                using IProcessWatch watch = services.Monitor.Watch(call.Pid);
                if (ProcFiles.ReadStartTime(call.Pid) == call.StartTime)
                {
                    watch.Signal(SigKill);
                    await watch.Exited.WaitAsync(EndBound, services.Time).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is ShimException or TimeoutException)
            {
                // It has ended by itself, or hangs in the kernel, where it does no harm any more.
            }
        }
    }

    /// <summary>
    /// Ends execs whose pid files are there and whose records are not: the engine ended between the two. They are known by the cgroup of
    /// their container, since the pid may be another process's by now.
    /// </summary>
    internal static void EndUnreportedExecs(EngineServices services, ContainerRecords records)
    {
        if (!ProcessIdentity.IsThere(records.Init))
        {
            return;
        }

        using ICgroup? cgroup = FindCgroup(services, records.Init);
        string init = records.Init.Cgroup is null ? ProcFiles.ReadCgroups(records.Init.Pid) : "";
        foreach (string path in PidFiles(records.Init.Bundle))
        {
            string id = Path.GetFileNameWithoutExtension(path);
            if (id == "init" || records.Execs.Any(exec => exec.Id == id)
                || !int.TryParse(BundleFiles.TryRead(path), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || pid == records.Init.Pid)
            {
                continue;
            }

            try
            {
                using IProcessWatch watch = services.Monitor.Watch(pid);
                if (cgroup is not null ? cgroup.Processes().Contains(pid) : init.Length > 0 && ProcFiles.ReadCgroups(pid) == init)
                {
                    watch.Signal(SigKill);
                }
            }
            catch (ShimException exception) when (exception.Code == ShimErrorCode.NotFound)
            {
                // It has ended by itself.
            }

            BundleFiles.Remove(path);
        }
    }

    /// <summary>None where somebody has removed the bundle of a container that runs.</summary>
    private static string[] PidFiles(string bundle)
    {
        try
        {
            return Directory.GetFiles(bundle, "*.pid");
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>The cgroup that the container was made in; null where it is not on record, or gone.</summary>
    private static ICgroup? FindCgroup(EngineServices services, ProcessRecord init)
    {
        try
        {
            return init.Cgroup is { Length: > 0 } location && services.Cgroups is ILocatedCgroups cgroups ? cgroups.Find(location) : null;
        }
        catch (ShimException exception) when (exception.Code == ShimErrorCode.NotFound)
        {
            return null;
        }
    }
}
