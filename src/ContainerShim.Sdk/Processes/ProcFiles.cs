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
        // Field 22 of the line.
        string[] fields = ReadFieldsAfterName(pid);
        return fields.Length > 19 ? ulong.Parse(fields[19], CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The parent of a process. Null when it is gone.</summary>
    internal static int? ReadParent(int pid)
    {
        // Field 4 of the line.
        string[] fields = ReadFieldsAfterName(pid);
        return fields.Length > 1 ? int.Parse(fields[1], CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The fields from the third on. The name before may hold spaces and parentheses.</summary>
    private static string[] ReadFieldsAfterName(int pid)
    {
        string line = TryRead($"/proc/{pid}/stat");
        return line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
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
