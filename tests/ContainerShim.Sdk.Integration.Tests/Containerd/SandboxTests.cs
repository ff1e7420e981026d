using ContainerShim.Sdk.Integration.Tests.Containerd.V1;
using ContainerShim.Sdk.Integration.Tests.Harness;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Containerd;

/// <summary>Sandboxes through containerd's own shim controller, which works from 2.0 on. Needs root, containerd and runc.</summary>
public sealed class SandboxTests
{
    [TestCaseSource(nameof(Versions))]
    public async Task Sandbox_FromCreationToShutdown_IsTheShimsAndLeavesNothing(ContainerdVersion version)
    {
        await using SandboxDaemon daemon = await SandboxDaemon.StartAsync(version);
        string id = $"s-{Guid.NewGuid():N}";
        SandboxReference sandbox = SandboxDaemon.Reference(id);

        await daemon.CreateAsync(id);
        ProcFsProcess? shim = ProcFs.FindShim(daemon.Containerd.Namespace, id);
        Assert.That(shim, Is.Not.Null, daemon.Containerd.LogTail);
        ControllerStartResponse started = await daemon.Controller.StartAsync(sandbox, daemon.Within);
        ControllerStatusResponse status = await daemon.Controller.StatusAsync(sandbox, daemon.Within);
        Assert.That((status.State, status.Pid, status.CreatedAt), Is.EqualTo(("SANDBOX_READY", started.Pid, started.CreatedAt)));
        RpcException? noMetrics = await Assert.ThrowsAsync<RpcException>(async () => await daemon.Controller.MetricsAsync(sandbox, daemon.Within));
        Assert.That(noMetrics?.Status.Detail, Does.Contain("no cgroup"), "its one process is in the shim's cgroup, whose usage is not the sandbox's");

        AsyncUnaryCall<ControllerWaitResponse> wait = daemon.Controller.WaitAsync(sandbox, daemon.Within);
        await daemon.Controller.StopAsync(new ControllerStopRequest { SandboxId = id, Sandboxer = sandbox.Sandboxer, TimeoutSecs = 5 }, daemon.Within);
        Assert.That((await wait).ExitStatus, Is.EqualTo(137));
        Assert.That((await daemon.Controller.StatusAsync(sandbox, daemon.Within)).State, Is.EqualTo("SANDBOX_NOTREADY"));
        await daemon.Controller.ShutdownAsync(sandbox, daemon.Within);

        await AssertNothingIsLeftAsync(daemon, id);
    }

    [TestCaseSource(nameof(Versions))]
    public async Task Container_InASandbox_IsServedByTheShimOfTheSandbox(ContainerdVersion version)
    {
        await using SandboxDaemon daemon = await SandboxDaemon.StartAsync(version);
        string id = $"s-{Guid.NewGuid():N}";
        SandboxReference sandbox = SandboxDaemon.Reference(id);
        await daemon.CreateAsync(id);
        await daemon.Controller.StartAsync(sandbox, daemon.Within);

        CommandResult run = await daemon.Containerd.Ctr.InvokeAsync(
            "run", "--rm", "--sandbox", id, "--runtime", ContainerdVersions.DotnetRuntime, "--rootfs", TestPaths.Rootfs, $"{id}-c", "/bin/sh", "-c", "echo out; exit 7");
        Assert.That((run.ExitCode, run.Stdout), Is.EqualTo((7, "out\n")), () => $"{run}\n{daemon.Containerd.LogTail()}");
        Assert.That((await daemon.Controller.StatusAsync(sandbox, daemon.Within)).State, Is.EqualTo("SANDBOX_READY"));

        await daemon.Controller.ShutdownAsync(sandbox, daemon.Within);
        await AssertNothingIsLeftAsync(daemon, id);
    }

    [TestCaseSource(nameof(Versions))]
    public async Task Sandbox_AfterContainerdIsKilledAndRestarted_IsStillReady(ContainerdVersion version)
    {
        await using SandboxDaemon daemon = await SandboxDaemon.StartAsync(version);
        string id = $"s-{Guid.NewGuid():N}";
        SandboxReference sandbox = SandboxDaemon.Reference(id);
        await daemon.CreateAsync(id);
        ControllerStartResponse started = await daemon.Controller.StartAsync(sandbox, daemon.Within);

        await daemon.Containerd.Kill9Async();
        await daemon.Containerd.RestartAsync();

        ControllerStatusResponse status = await daemon.Controller.StatusAsync(sandbox, daemon.Within);
        Assert.That((status.State, status.Pid), Is.EqualTo(("SANDBOX_READY", started.Pid)), daemon.Containerd.LogTail);
        await daemon.Controller.ShutdownAsync(sandbox, daemon.Within);
        await AssertNothingIsLeftAsync(daemon, id);
    }

    private static async Task AssertNothingIsLeftAsync(SandboxDaemon daemon, string id)
    {
        await daemon.Store.DeleteAsync(SandboxDaemon.Reference(id), daemon.Within);
        await Eventually.ShowsAsync(() => Census.Take(daemon.Containerd, id, $"{id}-c"), left => left.IsEmpty, "nothing is left");
    }

    private static IEnumerable<ContainerdVersion> Versions() => ContainerdVersions.All.Where(version => version.Version.Major >= 2);
}
