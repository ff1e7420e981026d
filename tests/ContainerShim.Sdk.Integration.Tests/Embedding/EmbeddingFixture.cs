using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Testing.Events;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>Tests of the library in the test's own process, against the real runtime. The events of every test must keep the <see cref="EventRules"/>.</summary>
public abstract class EmbeddingFixture
{
    private EmbeddedSite? _site;

    private Task<IReadOnlyList<string>> _violations = null!;

    private protected EmbeddedSite Site => _site!;

    private protected ContainerShimEngine Engine { get; private set; } = null!;

    [SetUp]
    public void SetUpSite()
    {
        _site = new EmbeddedSite();
        Engine = _site.NewEngine();
        _violations = CheckAsync(Engine);
    }

    [TearDown]
    public async Task TearDownSite()
    {
        await Site.DisposeAsync();
        Assert.That(await _violations.WaitAsync(EmbeddedSite.Bound), Is.Empty);
    }

    /// <summary>Creates and starts a container.</summary>
    private protected async Task<ShimContainer> RunAsync(Bundles.BundleBuilder bundle, ContainerStdio? stdio = null, string id = "c1")
    {
        ShimContainer container = await Engine.CreateContainerAsync(id, bundle, stdio);
        await container.StartAsync();
        return container;
    }

    /// <summary>Follows the events until the engine ends.</summary>
    private static async Task<IReadOnlyList<string>> CheckAsync(ContainerShimEngine engine)
    {
        EventRules rules = new();
        await foreach (EventEnvelope envelope in engine.Events.ReadAllAsync())
        {
            rules.Add(envelope);
        }

        return rules.Violations;
    }
}
