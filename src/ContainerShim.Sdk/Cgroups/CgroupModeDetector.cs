namespace ContainerShim.Sdk.Cgroups;

/// <summary>Tells how cgroups are mounted here, as a health check wants to know it.</summary>
internal static class CgroupModeDetector
{
    /// <summary>Reads <c>/proc/self/mountinfo</c>, which names the file systems that statfs(2) would tell by their magic numbers.</summary>
    internal static CgroupMode Detect(HostFiles? files = null)
    {
        using HostReader reader = new(files ?? new HostFiles());
        return CgroupMounts.Read(reader).Mode;
    }
}
