namespace ContainerShim.Sdk.Cgroups;

/// <summary>The cgroups below which the runtimes that this process starts put containers whose path is relative.</summary>
internal static class OwnCgroups
{
    /// <summary>
    /// The directories: this process's own on v1, in the unified hierarchy beside it, too; on v2 the one above, as a cgroup with processes may have
    /// none below (cgroups(7)).
    /// </summary>
    internal static List<string> Locate(HostReader reader, CgroupMounts mounts)
    {
        List<string> found = [];
        if (!reader.TryRead("/proc/self/cgroup", out ReadOnlySpan<char> text))
        {
            return found;
        }

        bool isV2 = mounts.Mode == CgroupMode.V2;
        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            FieldReader.Divide(lines.Rest, ':', out ReadOnlySpan<char> rest);
            string controllers = FieldReader.Divide(rest, ':', out ReadOnlySpan<char> path).ToString();
            string parent = isV2 ? Path.GetDirectoryName(path.ToString()) ?? "/" : path.ToString();
            if ((!isV2 || controllers.Length == 0) && mounts.Locate(controllers.Split(',')[0], parent) is var (_, directory))
            {
                found.Add(directory);
            }
        }

        return found;
    }
}
