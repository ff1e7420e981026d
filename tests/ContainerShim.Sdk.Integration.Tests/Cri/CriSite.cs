using System.Collections.Concurrent;
using ContainerShim.Sdk.Integration.Tests.Containerd;
using ContainerShim.Sdk.Integration.Tests.Cri.V1;
using ContainerShim.Sdk.Integration.Tests.Harness;
using Grpc.Net.Client;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>A private containerd with the CRI plugin and two images, seen as the kubelet sees it.</summary>
internal sealed class CriSite : ITestSite, IAsyncDisposable
{
    public const string Image = "localhost/busybox:1";

    /// <summary>Fixed by the CRI plugin.</summary>
    private const string CriNamespace = "k8s.io";

    private readonly ConcurrentBag<string> _sandboxes = [];
    private readonly ContainerdInstance _containerd;
    private readonly GrpcChannel _channel;

    private CriSite(ContainerdInstance containerd)
    {
        _containerd = containerd;
        _channel = UnixGrpcChannel.To(Address);
        Runtime = new RuntimeService.RuntimeServiceClient(_channel);
    }

    public RuntimeService.RuntimeServiceClient Runtime { get; }

    public string Directory => _containerd.Directory;

    public string Namespace => _containerd.Namespace;

    public string ContainerdNamespace => CriNamespace;

    public string RuntimeRoot => Path.Combine(CriConfig.RuntimeRoot(_containerd), CriNamespace);

    public string Address => _containerd.Address;

    public string StateDirectory => _containerd.StateDirectory;

    public IEnumerable<string> Groups => _sandboxes;

    public static async Task<CriSite> StartAsync(ContainerdVersion version, string runtime)
    {
        CriSite site = new(await ContainerdInstance.StartAsync(version, instance =>
        {
            CniNetwork.Write(instance);
            return CriConfig.For(instance, runtime);
        }));
        try
        {
            await site.ImportAsync(CriConfig.PauseImage, "sleep", "2147483647");
            await site.ImportAsync(Image, "sh");
            return site;
        }
        catch
        {
            await TestContext.Out.WriteLineAsync(site.LogTail());
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a sandbox, in which containers can be made.</summary>
    /// <param name="handler">One of <see cref="CriConfig"/>: what makes the sandbox.</param>
    /// <param name="adjust">Changes its configuration.</param>
    public async Task<CriPod> RunPodAsync(string handler = CriConfig.PauseHandler, Action<PodSandboxConfig>? adjust = null)
    {
        string name = $"pod-{_sandboxes.Count}";
        PodSandboxConfig config = new()
        {
            Metadata = new PodSandboxMetadata { Name = name, Uid = $"{name}-{Namespace}", Namespace = "tests" },
            LogDirectory = Path.Combine(Directory, "logs", name),
            Linux = new LinuxPodSandboxConfig
            {
                CgroupParent = $"/{Namespace}",
                SecurityContext = new LinuxSecurityContext { NamespaceOptions = new NamespaceOption { Network = NetworkOf(handler), Pid = NamespaceMode.Container } },
            },
        };
        adjust?.Invoke(config);
        RunPodSandboxResponse answer = await Runtime.RunPodSandboxAsync(
            new RunPodSandboxRequest { Config = config, RuntimeHandler = handler }, CriPod.Within());
        _sandboxes.Add(answer.PodSandboxId);
        return new CriPod(this, config, answer.PodSandboxId);
    }

    /// <summary>The shims of this site's pods; their addresses tell them from others.</summary>
    public IReadOnlyList<ProcFsProcess> Shims() =>
        [.. ProcFs.ProcessesOf(this).Where(process => process.CommandLine.Contains("containerd-shim-", StringComparison.Ordinal))];

    /// <summary>What is on the machine of the pods that there ever were.</summary>
    public Census Left() => Census.Take(this, [.. Groups]) with { Mounts = [.. Census.MountsBelow(StateDirectory)] };

    public Task AssertNothingIsLeftAsync() => Eventually.ShowsAsync(Left, left => left.IsEmpty, "nothing is left");

    public Task Kill9Async() => _containerd.Kill9Async();

    public async Task RestartAsync()
    {
        await _containerd.RestartAsync();
        await ReadyAsync(Image);
    }

    public string LogTail() => _containerd.LogTail();

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _containerd.Kill9Async();
        await Leftovers.RemoveAsync(this);
        await _containerd.DisposeAsync();
    }

    /// <summary>Up to 2.2 containerd dies of a pod whose sandbox is the shim's and whose network the host's (containerd#12983).</summary>
    private static NamespaceMode NetworkOf(string handler) => handler == CriConfig.ShimHandler ? NamespaceMode.Pod : NamespaceMode.Node;

    private async Task ImportAsync(string name, params IReadOnlyList<string> command)
    {
        string archive = Path.Combine(Directory, "image.tar");
        await ImageArchive.WriteAsync(archive, name, command);
        Ctr ctr = new(_containerd.Version, Address, CriNamespace, Directory);
        (await ctr.InvokeAsync("images", "import", "--local", "--snapshotter", CriConfig.Snapshotter, archive)).EnsureSuccess();
        await ReadyAsync(name);
    }

    /// <summary>The plugin learns of images through events, and answers only once it has read what there is.</summary>
    private Task ReadyAsync(string image)
    {
        ImageService.ImageServiceClient images = new(_channel);
        ImageStatusRequest request = new() { Image = new ImageSpec { Image = image } };
        return Eventually.BecomesAsync(
            async () =>
            {
                try
                {
                    return (await images.ImageStatusAsync(request, CriPod.Within())).Image?.Id;
                }
                catch (global::Grpc.Core.RpcException e) when (e.StatusCode is global::Grpc.Core.StatusCode.Unavailable or global::Grpc.Core.StatusCode.Unknown)
                {
                    return null;
                }
            },
            id => id is not null,
            $"the CRI plugin knows {image}");
    }
}
