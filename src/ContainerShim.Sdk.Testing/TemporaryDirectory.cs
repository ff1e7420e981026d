namespace ContainerShim.Sdk.Testing;

/// <summary>A directory that goes with its owner; its path is short, since a unix socket's has 107 usable bytes (unix(7)).</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("shim-").FullName;

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
