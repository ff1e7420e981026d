using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Source of test fixtures: every containerd that <c>./build.sh setup</c> found, with each runtime to run on it.</summary>
public static class ContainerdVersions
{
    /// <summary>containerd's own shim: the reference, and the proof that a failing test is not the harness's fault.</summary>
    public const string ReferenceRuntime = "io.containerd.runc.v2";

    public const string DotnetRuntime = "io.containerd.dotnet.v1";

    public static IReadOnlyList<ContainerdVersion> All { get; } = Read();

    /// <summary>A containerd, the type of the shim, and the OCI runtime that it calls: ours calls crun, too, one that reads what this containerd writes.</summary>
    public static IEnumerable<TestFixtureData> WithEveryRuntime()
    {
        foreach (ContainerdVersion version in All)
        {
            yield return Data(version, ReferenceRuntime, TestedRuntime.Runc);
            if (TestPaths.Shim is not null)
            {
                yield return Data(version, DotnetRuntime, TestedRuntime.Runc);
                yield return Data(version, DotnetRuntime, version.Version < new Version(1, 7) ? "crun" : "crun-sid");
            }
        }
    }

    private static TestFixtureData Data(ContainerdVersion version, string runtime, string binary) =>
        new TestFixtureData(version, runtime, binary).SetArgDisplayNames(version.ToString(), runtime, binary);

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
