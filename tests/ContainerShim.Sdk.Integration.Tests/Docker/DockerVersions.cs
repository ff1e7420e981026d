using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>Source of test fixtures: every docker that <c>./build.sh setup</c> found.</summary>
public static class DockerVersions
{
    public static IReadOnlyList<DockerVersion> All { get; } = Read();

    private static DockerVersion[] Read()
    {
        string list = Path.Combine(TestPaths.Tools, "docker.list");
        if (!File.Exists(list))
        {
            throw new InvalidOperationException($"{list} is missing: run ./build.sh setup");
        }

        return [.. File.ReadLines(list).Select(line => line.Split(' ', 2)).Select(parts => new DockerVersion(Version.Parse(parts[0]), parts[1]))];
    }
}
