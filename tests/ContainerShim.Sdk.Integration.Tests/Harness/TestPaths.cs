using System.Reflection;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Where <c>./build.sh setup</c> put what the tests need; an IDE run finds the same places without the environment. Looked up when asked
/// for, since a test machine has few of them.</summary>
internal static class TestPaths
{
    public static string Tools => FromEnvironment("CONTAINERSHIM_TOOLS") ?? Path.Combine(Artifacts(), "tools");

    public static string Rootfs => FromEnvironment("CONTAINERSHIM_ROOTFS") ?? Path.Combine(Artifacts(), "rootfs");

    public static string Criu => FromEnvironment("CONTAINERSHIM_CRIU") ?? Path.Combine(Tools, "bin", "criu");

    /// <summary>The published shim binary, or null in a repository without the project that makes it.</summary>
    public static string? Shim => FindShim();

    /// <summary>The published host with every package of the product.</summary>
    public static string Smoke => FromEnvironment("CONTAINERSHIM_SMOKE") ?? Path.Combine(Artifacts(), "smoke", "AotSmoke");

    /// <summary>Where the disk of the virtual machines is, and what they write on their consoles.</summary>
    public static string Machines => FromEnvironment("CONTAINERSHIM_VM") ?? Path.Combine(Artifacts(), "vm");

    /// <summary>What boots one of them.</summary>
    public static string BootScript => Path.Combine(Repository(), "tests", "vm", "boot");

    /// <summary>The shim of samples/CustomRuntime, as it was built with these tests; null in a test machine.</summary>
    public static string? CustomShim => FindMetadata("CustomShim");

    /// <summary>The packages that <c>./build.sh pack</c> made.</summary>
    public static string Packages => FromEnvironment("CONTAINERSHIM_PACKAGES") ?? Path.Combine(Artifacts(), "packages");

    /// <summary>Their version.</summary>
    public static string PackageVersion => Metadata("PackageVersion");

    /// <summary>The projects that are packed.</summary>
    public static string Sources => Path.Combine(Metadata("RepositoryDirectory"), "src");

    /// <summary>The README of the repository.</summary>
    public static string Readme => Path.Combine(Metadata("RepositoryDirectory"), "README.md");

    private static string? FindShim()
    {
        if (FromEnvironment("CONTAINERSHIM_SHIM") is { } named)
        {
            return named;
        }

        // Also when it was never published: its tests must then fail, not vanish.
        return Directory.Exists(Path.Combine(Repository(), "samples", "RuncShim"))
            ? Path.Combine(Artifacts(), "shim", "containerd-shim-dotnet-v1")
            : null;
    }

    private static string Metadata(string key) => FindMetadata(key) ?? throw new InvalidOperationException($"This assembly says nothing of {key}.");

    private static string? FindMetadata(string key) =>
        typeof(TestPaths).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().SingleOrDefault(attribute => attribute.Key == key)?.Value;

    private static string Artifacts() => Path.Combine(Repository(), "artifacts");

    private static string Repository()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ContainerShim.Sdk.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside the repository: set CONTAINERSHIM_TOOLS, CONTAINERSHIM_ROOTFS and CONTAINERSHIM_SHIM.");
    }

    private static string? FromEnvironment(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
