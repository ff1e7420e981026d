namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Kernel parameters that belong to namespaces, see sysctl(8): what is written concerns those of the calling thread.</summary>
internal static class Sysctls
{
    private static readonly string[] OfNetwork = ["net."];
    private static readonly string[] OfIpc = ["kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue."];

    /// <summary>Refuses what would change the host.</summary>
    /// <exception cref="ShimException">InvalidArgument.</exception>
    internal static void Check(PodSettings settings, bool ownsNetwork)
    {
        foreach (string name in settings.Sysctls.Keys)
        {
            bool isAllowed = (ownsNetwork && Begins(name, OfNetwork)) || (!settings.IsHostIpc && Begins(name, OfIpc));
            if (!isAllowed || name.Contains("..", StringComparison.Ordinal) || name.AsSpan().ContainsAny('/', '\0'))
            {
                throw ShimException.InvalidArgument($"sysctl \"{name}\" does not belong to a namespace of the sandbox");
            }
        }
    }

    internal static void Apply(PodSettings settings)
    {
        foreach ((string name, string value) in settings.Sysctls)
        {
            File.WriteAllText("/proc/sys/" + name.Replace('.', '/'), value);
        }
    }

    private static bool Begins(string name, string[] prefixes) => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
