namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>A docker of this machine: its version and the directory with <c>bin/docker</c>, <c>bin/docker-init</c> and <c>sbin/dockerd</c>.</summary>
public sealed record DockerVersion(Version Version, string Directory)
{
    /// <summary>dockerd 20.10 knows containerd's own shim only, by whose name ours then goes.</summary>
    public bool TakesAnyShim => Version.Major >= 23;

    public override string ToString() => Version.ToString();
}
