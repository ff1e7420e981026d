using ContainerShim.Sdk.Integration.Tests.Cri.V1;
using ContainerShim.Sdk.Integration.Tests.Harness;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>A container of a pod.</summary>
internal sealed class CriContainer(CriSite site, string id, string logPath)
{
    public string Id => id;

    public string LogPath => logPath;

    public ContainerId Reference => new() { ContainerId_ = id };

    private static CallOptions Within => CriPod.Within();

    public async Task<ContainerStatus> StatusAsync() => (await site.Runtime.ContainerStatusAsync(Reference, Within)).Status;

    /// <summary>Waits until the plugin has heard of the container's end.</summary>
    public Task<ContainerStatus> ExitedAsync() =>
        Eventually.BecomesAsync(StatusAsync, status => status.State == ContainerState.ContainerExited, "the container has ended");

    /// <param name="seconds">Between SIGTERM and SIGKILL.</param>
    public async Task StopAsync(long seconds) =>
        await site.Runtime.StopContainerAsync(new StopContainerRequest { ContainerId = id, Timeout = seconds }, Within);

    public async Task RemoveAsync() => await site.Runtime.RemoveContainerAsync(Reference, Within);

    /// <param name="timeout">In seconds; 0 for none.</param>
    /// <param name="command">What to run.</param>
    public async Task<ExecSyncResponse> ExecAsync(long timeout, params IReadOnlyList<string> command) =>
        await site.Runtime.ExecSyncAsync(new ExecSyncRequest { ContainerId = id, Cmd = { command }, Timeout = timeout }, Within);

    public async Task UpdateAsync(LinuxContainerResources resources) =>
        await site.Runtime.UpdateContainerResourcesAsync(new UpdateContainerResourcesRequest { ContainerId = id, Linux = resources }, Within);

    public async Task<ContainerStats> StatsAsync() => (await site.Runtime.ContainerStatsAsync(Reference, Within)).Stats;

    public async Task ReopenLogAsync() => await site.Runtime.ReopenContainerLogAsync(Reference, Within);

    public async Task<CriAttachment> AttachAsync(bool tty)
    {
        AttachRequest request = new() { ContainerId = id, Stdin = true, Stdout = true, Stderr = !tty, Tty = tty };
        return await CriAttachment.ConnectAsync((await site.Runtime.AttachAsync(request, Within)).Url);
    }

    /// <summary>What runs in its cgroup.</summary>
    public IReadOnlyList<ProcFsProcess> Processes() => ProcFs.ProcessesInCgroup($"/{site.Namespace}/{id}");

    /// <summary>Waits for a line in the log.</summary>
    public Task<string> LoggedAsync(string text) =>
        Eventually.ShowsAsync(
            () => File.Exists(logPath) ? File.ReadAllText(logPath) : "", log => log.Contains(text, StringComparison.Ordinal), $"the log holds {text}");

    /// <summary>A file of the container's cgroup; the hierarchy is named only in version 1.</summary>
    public string ReadCgroup(string hierarchy, string file)
    {
        string unified = $"/sys/fs/cgroup/{site.Namespace}/{id}/{file}";
        return File.ReadAllText(File.Exists(unified) ? unified : $"/sys/fs/cgroup/{hierarchy}/{site.Namespace}/{id}/{file}").TrimEnd();
    }
}
