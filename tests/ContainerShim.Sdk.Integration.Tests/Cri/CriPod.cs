using ContainerShim.Sdk.Integration.Tests.Cri.V1;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>A sandbox and the containers in it.</summary>
internal sealed class CriPod(CriSite site, PodSandboxConfig config, string id)
{
    public string Id => id;

    /// <summary>Every call is bounded.</summary>
    public static CallOptions Within(double seconds = 30) => new(deadline: DateTime.UtcNow.AddSeconds(seconds));

    /// <summary>Creates a container and starts it.</summary>
    /// <param name="name">Its name in the pod.</param>
    /// <param name="command">What it runs.</param>
    /// <param name="adjust">Changes its configuration.</param>
    public async Task<CriContainer> RunAsync(string name, IReadOnlyList<string> command, Action<ContainerConfig>? adjust = null)
    {
        ContainerConfig container = new()
        {
            Metadata = new ContainerMetadata { Name = name },
            Image = new ImageSpec { Image = CriSite.Image },
            Command = { command },
            LogPath = $"{name}.log",
            Linux = new LinuxContainerConfig
            {
                SecurityContext = new LinuxContainerSecurityContext { NamespaceOptions = config.Linux.SecurityContext.NamespaceOptions.Clone() },
            },
        };
        adjust?.Invoke(container);
        CreateContainerResponse created = await site.Runtime.CreateContainerAsync(
            new CreateContainerRequest { PodSandboxId = id, Config = container, SandboxConfig = config }, Within());
        CriContainer result = new(site, created.ContainerId, Path.Combine(config.LogDirectory, container.LogPath));
        await site.Runtime.StartContainerAsync(result.Reference, Within());
        return result;
    }

    public async Task<PodSandboxStatus> StatusAsync() => (await site.Runtime.PodSandboxStatusAsync(Reference, Within())).Status;

    public async Task<PodSandboxState> StateAsync() => (await StatusAsync()).State;

    public async Task<PodSandboxStats> StatsAsync() =>
        (await site.Runtime.ListPodSandboxStatsAsync(new ListPodSandboxStatsRequest { Filter = new PodSandboxStatsFilter { Id = id } }, Within())).Stats.Single();

    public async Task StopAsync() => await site.Runtime.StopPodSandboxAsync(Reference, Within());

    public async Task RemoveAsync() => await site.Runtime.RemovePodSandboxAsync(Reference, Within());

    private PodSandboxId Reference => new() { PodSandboxId_ = id };
}
