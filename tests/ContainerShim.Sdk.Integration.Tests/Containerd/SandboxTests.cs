using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Containerd;

/// <summary>Sandboxes through containerd's own shim controller, which came with 2.0. Needs root and containerd 2.</summary>
public sealed class SandboxTests
{
    [TestCaseSource(nameof(Versions))]
    public async Task Run_ThenRemove_MakesASandboxAndLeavesNothing(ContainerdVersion version)
    {
        await using ContainerdInstance containerd = await ContainerdInstance.StartAsync(version);
        string id = $"s-{Guid.NewGuid():N}";
        string spec = Path.Combine(containerd.Directory, "pod.json");
        await File.WriteAllTextAsync(spec, """{"ociVersion":"1.0.2","linux":{}}""");

        CommandResult run = await containerd.Ctr.InvokeAsync("sandboxes", "run", "--runtime", ContainerdVersions.DotnetRuntime, spec, id);
        Assert.That(run.ExitCode, Is.Zero, $"{run}\n{containerd.LogTail()}");
        ProcFsProcess? shim = ProcFs.FindShim(containerd.Namespace, id);
        Assert.That(shim, Is.Not.Null);
        Assert.That((await containerd.Ctr.InvokeAsync("sandboxes", "list")).Stdout, Does.Contain(id));

        CommandResult remove = await containerd.Ctr.InvokeAsync("sandboxes", "rm", id);
        Assert.That(remove.ExitCode, Is.Zero, $"{remove}\n{containerd.LogTail()}");
        Assert.That((await containerd.Ctr.InvokeAsync("sandboxes", "list")).Stdout, Does.Not.Contain(id));
        await Eventually.ShowsAsync(() => ProcFs.ProcessesOf(containerd.Namespace).Count, count => count == 0, "nothing runs any more");
    }

    private static IEnumerable<ContainerdVersion> Versions() => ContainerdVersions.All.Where(version => version.Version.Major >= 2);
}
