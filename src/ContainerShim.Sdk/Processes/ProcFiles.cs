using System.Globalization;

namespace ContainerShim.Sdk.Processes;

/// <summary>What proc(5) tells of processes.</summary>
internal static class ProcFiles
{
    /// <summary>
    /// The children of this process. The kernel keeps them by the thread that made or adopted them; the file needs
    /// <c>CONFIG_PROC_CHILDREN</c>, which distributions set. Empty without it.
    /// </summary>
    internal static List<int> ReadChildren()
    {
        List<int> children = [];
        foreach (string thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            foreach (string pid in TryRead(thread + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                children.Add(int.Parse(pid, CultureInfo.InvariantCulture));
            }
        }

        return children;
    }

    /// <summary>When a process started, in clock ticks since boot: with the pid its identity. Null when it is gone.</summary>
    internal static ulong? ReadStartTime(int pid)
    {
        // The name may hold spaces and parentheses: count from its end. Field 22 of the line is the 20th after it.
        string line = TryRead($"/proc/{pid}/stat");
        string[] fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19 ? ulong.Parse(fields[19], CultureInfo.InvariantCulture) : null;
    }

    private static string TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
