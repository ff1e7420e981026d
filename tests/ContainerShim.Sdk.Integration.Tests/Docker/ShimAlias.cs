using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>A directory in which the shim under test has the name of containerd's own.</summary>
internal sealed class ShimAlias : IDisposable
{
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("cst-shim-").FullName;

    public ShimAlias() => File.CreateSymbolicLink(
        Path.Combine(Directory, "containerd-shim-runc-v2"), TestPaths.Shim ?? throw new InvalidOperationException("there is no shim to test"));

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
