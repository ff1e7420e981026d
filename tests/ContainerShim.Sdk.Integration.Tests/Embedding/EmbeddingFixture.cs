namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>Tests of the library in the test's own process, against the real runtime.</summary>
public abstract class EmbeddingFixture
{
    private EmbeddedSite? _site;

    private protected EmbeddedSite Site => _site!;

    private protected ContainerShimEngine Engine { get; private set; } = null!;

    [SetUp]
    public void SetUpSite()
    {
        _site = new EmbeddedSite();
        Engine = _site.NewEngine();
    }

    [TearDown]
    public async Task TearDownSite() => await Site.DisposeAsync();

    /// <summary>Creates and starts a container.</summary>
    private protected async Task<ShimContainer> RunAsync(Bundles.BundleBuilder bundle, ContainerStdio? stdio = null, string id = "c1")
    {
        ShimContainer container = await Engine.CreateContainerAsync(id, bundle, stdio);
        await container.StartAsync();
        return container;
    }
}
