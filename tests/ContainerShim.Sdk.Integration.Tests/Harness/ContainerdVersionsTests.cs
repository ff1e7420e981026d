namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Guards the fixture source: a version that could not be fetched must not make its tests vanish.</summary>
public sealed class ContainerdVersionsTests
{
    [Test]
    public void All_OnATestMachine_HoldsDebians16AndA2x()
    {
        IEnumerable<Version> versions = ContainerdVersions.All.Select(containerd => containerd.Version);

        Assert.That(versions, Has.Some.Property(nameof(Version.Major)).EqualTo(1).And.Property(nameof(Version.Minor)).EqualTo(6));
        Assert.That(versions, Has.Some.Property(nameof(Version.Major)).EqualTo(2));
    }
}
