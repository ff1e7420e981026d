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

    /// <summary>The cgroups of a process as <c>/proc/PID/cgroup</c> has them; empty when it is gone.</summary>
    internal static string ReadCgroups(int pid) => TryRead($"/proc/{pid}/cgroup");

    /// <summary>Whether every thread of a process is on its way out in the kernel, or the process gone.</summary>
    internal static bool IsExiting(int pid)
    {
        // Field 9, the kernel's flags of the thread.
        const uint Exiting = 0x4;
        try
        {
            return Directory.EnumerateDirectories($"/proc/{pid}/task").All(
                static thread => FieldsAfterName(TryRead(thread + "/stat")) is not { Length: > 6 } fields
                    || (uint.Parse(fields[6], CultureInfo.InvariantCulture) & Exiting) != 0);
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The fields from the third on. The name before may hold spaces and parentheses.</summary>
    private static string[] ReadFieldsAfterName(int pid) => FieldsAfterName(TryRead($"/proc/{pid}/stat"));

    private static string[] FieldsAfterName(string line) =>
        line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

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
