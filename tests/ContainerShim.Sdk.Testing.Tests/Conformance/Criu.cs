namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>The criu that <c>./build.sh setup</c> made, at CONTAINERSHIM_CRIU. runc finds it by PATH.</summary>
internal static class Criu
{
    public static void AddToPath()
    {
        if (Path.GetDirectoryName(Environment.GetEnvironmentVariable("CONTAINERSHIM_CRIU")) is { Length: > 0 } directory)
        {
            Environment.SetEnvironmentVariable("PATH", $"{directory}:{Environment.GetEnvironmentVariable("PATH")}");
        }
    }
}
