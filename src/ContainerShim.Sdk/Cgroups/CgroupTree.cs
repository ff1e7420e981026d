using System.Globalization;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>A directory of a hierarchy with those below it.</summary>
internal sealed class CgroupTree(HostFiles files, string directory)
{
    internal HostFiles Files { get; } = files;

    internal string Directory { get; } = directory;

    internal bool Exists => Files.DirectoryExists(Directory);

    /// <summary>The directory and all below it, parents first.</summary>
    internal List<string> Directories()
    {
        List<string> found = [Directory];
        for (int i = 0; i < found.Count; i++)
        {
            found.AddRange(Files.Directories(found[i]));
        }

        return found;
    }

    /// <summary>The processes in it and below. Those of another pid namespace, which read as 0, are left out.</summary>
    internal List<int> Processes()
    {
        List<int> pids = [];
        using HostReader reader = new(Files);
        foreach (string path in Directories())
        {
            // A threaded cgroup of v2 refuses with EOPNOTSUPP; its processes are listed by the domain above it (cgroups(7)).
            if (reader.TryRead(path + "/cgroup.procs", out ReadOnlySpan<char> text))
            {
                FieldReader lines = new(text);
                while (lines.NextLine())
                {
                    if (int.TryParse(lines.Rest, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0)
                    {
                        pids.Add(pid);
                    }
                }
            }
        }

        return pids;
    }
}
