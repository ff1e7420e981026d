namespace ContainerShim.Sdk.Testing.Tests;

/// <summary>A directory for one test or fixture.</summary>
internal sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cst-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
