namespace ContainerShim.Sdk.Testing.Tests;

/// <summary>The root file system that <c>./build.sh setup</c> made.</summary>
internal static class TestRootfs
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("CONTAINERSHIM_ROOTFS") is { Length: > 0 } path ? path : Find();

    private static string Find()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(System.IO.Path.Join(directory.FullName, "ContainerShim.Sdk.sln")))
        {
            directory = directory.Parent;
        }

        return System.IO.Path.Join(directory?.FullName ?? throw new InvalidOperationException("set CONTAINERSHIM_ROOTFS"), "artifacts", "rootfs");
    }
}
