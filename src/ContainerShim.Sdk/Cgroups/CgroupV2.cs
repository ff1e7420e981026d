using ContainerShim.Sdk.Protocol;
using Google.Protobuf;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>A cgroup in the unified hierarchy.</summary>
internal sealed class CgroupV2 : Cgroup
{
    internal CgroupV2(CgroupHost host, string directory)
        : this(host, new CgroupTree(host.Files, directory))
    {
    }

    private CgroupV2(CgroupHost host, CgroupTree tree)
        : base(host, tree, new FreezerV2(tree), new OomSourceV2(host, tree.Directory))
    {
    }

    /// <inheritdoc/>
    public override CgroupVersion Version => CgroupVersion.V2;

    /// <inheritdoc/>
    protected override (string TypeUrl, IMessage Metrics) ReadMetrics(HostReader reader) => (TypeUrls.CgroupsV2Metrics, MetricsV2.Read(reader, Directory));
}
