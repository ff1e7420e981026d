using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Tests.Embedding;

internal sealed class OwnedBundlesTests
{
    [Test]
    public void RemoveAbandoned_RemovesWhatBelongsToNoContainer()
    {
        using TempDirectory directory = new();
        foreach (string name in new[] { "gone-AbC123", "there-AbC123", "with-dash-AbC123" })
        {
            directory.Make(name);
            directory.Write($"{name}/config.json", "{}");
        }

        directory.Make("gone-AbC123/work");
        OwnedBundles bundles = new(directory.Path);
        string own = bundles.Create("own", new BundleBuilder().WithRootfs("/").WithArgs("true"), new BundleContext(null, null, false, 0, 0));

        bundles.RemoveAbandoned(static id => id is "there" or "with-dash");

        Assert.That(
            Directory.GetDirectories(directory.Path),
            Is.EquivalentTo(new[] { directory["there-AbC123"], directory["with-dash-AbC123"], own }));
    }

    [Test]
    public void RemoveAbandoned_OfAnEngineThatWroteNone_DoesNothing() =>
        Assert.That(static () => new OwnedBundles("/no/such").RemoveAbandoned(static _ => false), Throws.Nothing);
}
