namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>Guards the fixture source: a docker that could not be fetched must not make its tests vanish.</summary>
public sealed class DockerVersionsTests
{
    [Test]
    public void All_OnATestMachine_HoldsOneOfEachAge()
    {
        Assert.That(DockerVersions.All.Select(docker => docker.TakesAnyShim), Is.EquivalentTo((bool[])[false, true]));
    }
}
