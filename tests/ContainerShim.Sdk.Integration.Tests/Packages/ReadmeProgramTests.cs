using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Packages;

/// <summary>
/// The first program of the README, as it is written there, with the packages, published with NativeAOT, and its output beside the one that
/// is written there. Needs root, runc, clang and <c>./build.sh pack</c>.
/// </summary>
internal sealed class ReadmeProgramTests
{
    [Test]
    public async Task Program_OfTheReadme_PrintsWhatTheReadmeSays()
    {
        string[] fences = (await File.ReadAllTextAsync(TestPaths.Readme)).Split("```");
        int program = Array.FindIndex(fences, static fence => fence.StartsWith("csharp\n", StringComparison.Ordinal));
        string expected = fences[program + 2].Split("# dotnet run\n")[1];
        // Every library, though the program needs one: they must go together.
        using FreshProject project = await FreshProject.CreateAsync(
            "Hello",
            fences[program]["csharp\n".Length..],
            "ContainerShim.Sdk", "ContainerShim.Sdk.Grpc", "ContainerShim.Sdk.Hosting", "ContainerShim.Sdk.Testing");
        await project.PublishAsync();
        string directory = Directory.CreateDirectory(Path.Combine(project.Published, "work")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(directory, "rootfs"), TestPaths.Rootfs);

        CommandResult result = await Command.RunAsync("/bin/sh", ["-c", "cd \"$1\" && exec ../Hello", "sh", directory]);

        Assert.That((result.ExitCode, result.Stdout, result.Stderr), Is.EqualTo((0, expected, "")));
        Assert.That(Directory.Exists("/run/hello"), Is.False, "nothing is left");
    }
}
