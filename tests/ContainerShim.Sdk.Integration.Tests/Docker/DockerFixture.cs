using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>One dockerd for all tests of a fixture, and nothing left of the containers after each. Needs root and runc.</summary>
[TestFixtureSource(typeof(DockerVersions), nameof(DockerVersions.All))]
public abstract class DockerFixture(DockerVersion version)
{
    /// <summary>Does nothing until it is ended.</summary>
    private protected static readonly string[] Sleep = ["sleep", "1000"];

    private DockerSite? _site;

    private protected DockerSite Site => _site ?? throw new InvalidOperationException("dockerd was not started");

    [OneTimeSetUp]
    public async Task StartDaemon() => _site = await DockerSite.StartAsync(version);

    [OneTimeTearDown]
    public async Task StopDaemon()
    {
        if (_site is not null)
        {
            await _site.DisposeAsync();
        }
    }

    [TearDown]
    public async Task RemoveContainers()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(Site.LogTail());
        }

        await Site.RemoveContainersAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    private protected Task<string> RunDetachedAsync(params IReadOnlyList<string> command) => Site.RunDetachedAsync([], command);
}
