using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>A directory and a namespace for the engines of one test. Needs root, runc and the root file system.</summary>
internal sealed class EmbeddedSite : ITestSite, IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly List<ContainerShimEngine> _engines = [];

    public string Namespace { get; } = $"embedded-{Guid.NewGuid():N}"[..20];

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("embedded-").FullName;

    /// <summary>The beginning of the state directories of its engines, which count from 0.</summary>
    public string StateDirectory => Path.Combine(Directory, "state");

    public string Address => Path.Combine(Directory, "no.sock");

    public IEnumerable<string> Groups => [];

    /// <summary>What has processes, mounts, cgroups or files left.</summary>
    public string Leftovers => string.Join(
        "; ",
        ProcFs.ProcessesOf(this).Select(process => process.ToString())
            .Concat(Census.MountsBelow(Directory))
            .Concat(Census.CgroupsOf(Namespace))
            .Concat(Census.CgroupParents(Namespace))
            .Concat(System.IO.Directory.EnumerateFileSystemEntries(Directory, "*", SearchOption.AllDirectories)));

    /// <summary>A shell in a container that may write to <c>/tmp</c> only.</summary>
    public static BundleBuilder Shell(string script) => new BundleBuilder()
        .WithRootfs(TestPaths.Rootfs, readOnly: true)
        .AddTmpfs("/tmp")
        .WithArgs("sh", "-c", script);

    /// <summary>A container that runs until it is killed, and does not heed signals.</summary>
    public static BundleBuilder Stubborn() => Shell("trap '' TERM; echo ready; while :; do sleep 1; done");

    public ContainerShimEngine NewEngine(Action<ContainerShimOptions>? configure = null)
    {
        ContainerShimOptions options = new() { Namespace = Namespace, StateDirectory = StateDirectory + _engines.Count };
        configure?.Invoke(options);
        ContainerShimEngine engine = ContainerShimEngine.Create(options);
        _engines.Add(engine);
        return engine;
    }

    /// <summary>Reads a stream to its end.</summary>
    public static async Task<string> ReadAllAsync(Stream stream)
    {
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync().WaitAsync(Bound);
    }

    /// <summary>Reads until the container says that it is ready.</summary>
    public static async Task ReadyAsync(ShimContainer container)
    {
        byte[] line = new byte[6];
        await container.StandardOutput.ReadExactlyAsync(line).AsTask().WaitAsync(Bound);
        Assert.That(System.Text.Encoding.ASCII.GetString(line), Is.EqualTo("ready\n"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ContainerShimEngine engine in _engines)
        {
            await engine.DisposeAsync();
        }

        await Harness.Leftovers.RemoveAsync(this);
    }
}
