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
        byte[] wanted = Encoding.UTF8.GetBytes($"\0--log\0{bundle.TrimEnd('/')}/");
        // Looked at before and after its start time is read, so that both are of the same process.
        List<StrayRuntimeCall> found = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && pid != Environment.ProcessId
                && Matches(pid, wanted)
                && ProcFiles.ReadStartTime(pid) is { } startTime
                && Matches(pid, wanted))
            {
                found.Add(new StrayRuntimeCall(pid, startTime));
            }
        }

        return found;
    }

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
