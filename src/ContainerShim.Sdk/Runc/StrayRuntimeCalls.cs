using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Runc;

/// <summary>
/// Finds runtime calls that a killed shim has left: they carry a log file in the bundle in their arguments. A call that went on by itself
/// could make a container after `delete` has cleaned up.
/// </summary>
internal static class StrayRuntimeCalls
{
    /// <summary>The arguments that mark a process as one of a bundle's.</summary>
    internal static string[] Mark(string bundle) => ["--log", Path.Join(bundle, "log.json")];

    internal static IReadOnlyList<StrayRuntimeCall> Find(string bundle)
    {
        byte[] wanted = Wanted(bundle);
        IEnumerable<int> pids = Directory.EnumerateDirectories("/proc")
            .Select(static directory => int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
            .Where(static pid => pid > 0 && pid != Environment.ProcessId);
        return new ProcessScan<StrayRuntimeCall>(pids, pid => Look(pid, wanted)).Run();
    }

    /// <summary>Whether it is still there: to be asked again once its pid is held.</summary>
    internal static bool IsThere(string bundle, StrayRuntimeCall call)
    {
        byte[] wanted = Wanted(bundle);
        return new ProcessScan<StrayRuntimeCall>([call.Pid], pid => Look(pid, wanted)).Run().Contains(call);
    }

    private static byte[] Wanted(string bundle) => Encoding.UTF8.GetBytes($"\0--log\0{bundle.TrimEnd('/')}/");

    /// <summary>Looks before and after the start time is read, so that both are of the same process.</summary>
    private static StrayRuntimeCall? Look(int pid, byte[] wanted) =>
        Matches(pid, wanted) && ProcFiles.ReadStartTime(pid) is { } startTime && Matches(pid, wanted) ? new StrayRuntimeCall(pid, startTime) : null;

    private static bool Matches(int pid, byte[] wanted)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/cmdline").AsSpan().IndexOf(wanted) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
