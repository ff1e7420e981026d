namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>A containerd of this machine: its version and the directory with <c>containerd</c>, <c>ctr</c> and its own Go shim.</summary>
public sealed record ContainerdVersion(Version Version, string BinDirectory)
{
    public override string ToString() => Version.ToString();
}
