using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Packages;

/// <summary>
/// From nothing but the packages to a container: the commands of the templates' README. Needs root, runc, containerd, clang and
/// <c>./build.sh pack</c>.
/// </summary>
internal sealed class TemplateTests
{
    [Test]
    public async Task ContainerShim_PublishedWithAot_RunsUnderContainerd()
    {
        using FreshProject project = await FreshProject.CreateAsync("containershim", "Hello-Shim");
        await project.PublishAsync();
        string shim = Path.Combine(project.Published, "containerd-shim-helloshim-v1");
        Assert.That(File.Exists(shim), $"{shim} is missing, there is {string.Join(' ', Directory.EnumerateFiles(project.Published))}");
        await using ContainerdInstance containerd = await ContainerdInstance.StartAsync(
            ContainerdVersions.All.MaxBy(static version => version.Version)!, shimDirectory: project.Published);

        CommandResult result = await containerd.Ctr.RunAsync("io.containerd.helloshim.v1", "hello", "sh", "-c", "echo hello; exit 5");

        Assert.That(result.ExitCode, Is.EqualTo(5), $"{result}\n{containerd.LogTail()}");
        Assert.That(result.Stdout, Is.EqualTo("hello\n"));
        Assert.That(await File.ReadAllTextAsync(containerd.LogFile), Does.Contain("Created hello as process"), "the template's own code ran");
    }

    [Test]
    public async Task ContainerHost_PublishedWithAot_RunsAContainerInItsOwnProcess()
    {
        using FreshProject project = await FreshProject.CreateAsync("containerhost", "My.Host");
        await project.PublishAsync();

        CommandResult result = await Command.RunAsync(
            Path.Combine(project.Published, "My.Host"), [TestPaths.Rootfs, "sh", "-c", "echo from the container; exit 6"]);

        Assert.That(result.ExitCode, Is.EqualTo(6), result.ToString());
        Assert.That(result.Stdout, Does.Contain("event /tasks/exit demo-").And.Contain("from the container\n").And.EndsWith("exit code 6\n"));
    }
}
