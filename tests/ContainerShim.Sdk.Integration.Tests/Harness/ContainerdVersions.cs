namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Source of test fixtures: every containerd that <c>./build.sh setup</c> found, with each runtime to run on it.</summary>
public static class ContainerdVersions
{
    /// <summary>containerd's own shim: the reference, and the proof that a failing test is not the harness's fault.</summary>
    public const string ReferenceRuntime = "io.containerd.runc.v2";

    public const string DotnetRuntime = "io.containerd.dotnet.v1";

    public static IReadOnlyList<ContainerdVersion> All { get; } = Read();

    public static IEnumerable<TestFixtureData> WithEveryRuntime()
    {
        string[] runtimes = TestPaths.Shim is null ? [ReferenceRuntime] : [ReferenceRuntime, DotnetRuntime];
        return from version in All
               from runtime in runtimes
               select new TestFixtureData(version, runtime).SetArgDisplayNames(version.ToString(), runtime);
    }

    private static ContainerdVersion[] Read()
    {
        string list = Path.Combine(TestPaths.Tools, "containerd.list");
        if (!File.Exists(list))
        {
            throw new InvalidOperationException($"{list} is missing: run ./build.sh setup");
        }

        return [.. File.ReadLines(list).Select(line => line.Split(' ', 2)).Select(parts => new ContainerdVersion(Version.Parse(parts[0]), parts[1]))];
    }
}
