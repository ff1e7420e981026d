using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>Which containers share a shim.</summary>
internal static class Grouping
{
    private static readonly string[] Annotations = ["io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"];

    /// <summary>
    /// The group of a bundle: the first of the known annotations, else the container alone. The name becomes a part of what the socket's
    /// path is made of, where one like <c>../other/group</c> would lead to a shim of another namespace.
    /// </summary>
    /// <exception cref="ShimException">InvalidArgument: the name is not one that an id can be, as those of the CRI plugin are.</exception>
    public static string GroupOf(IBundleStore bundles, string bundle, string id)
    {
        if (!File.Exists(Path.Combine(bundle, "config.json")))
        {
            // The bundle of a sandbox: containerd's shim controller has no specification to write.
            return id;
        }

        IReadOnlyDictionary<string, string> annotations = bundles.ReadSpec(bundle).Annotations;
        foreach (string name in Annotations)
        {
            if (annotations.TryGetValue(name, out string? group) && group.Length > 0)
            {
                Identifiers.Validate(group);
                return group;
            }
        }

        return id;
    }
}
