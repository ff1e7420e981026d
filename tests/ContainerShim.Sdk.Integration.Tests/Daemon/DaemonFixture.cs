using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Grpc;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Processes;
using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.Integration.Tests.Daemon;

/// <summary>A containerd and a client of it. Needs root and containerd.</summary>
public abstract class DaemonFixture(Harness.ContainerdVersion version)
{
    private ContainerdInstance? _containerd;
    private ContainerdClient? _client;

    private protected static TimeSpan Bound { get; } = TimeSpan.FromSeconds(30);

    private protected ContainerdInstance Containerd => _containerd ?? throw new InvalidOperationException("containerd was not started");

    private protected ContainerdClient Client => _client ?? throw new InvalidOperationException("containerd was not started");

    public static IEnumerable<TestFixtureData> Versions() =>
        ContainerdVersions.All.Select(version => new TestFixtureData(version).SetArgDisplayNames(version.ToString()));

    [SetUp]
    public async Task StartContainerd()
    {
        _containerd = await ContainerdInstance.StartAsync(version);
        _client = new ContainerdClient(_containerd.Address, _containerd.Namespace);
    }

    [TearDown]
    public async Task StopContainerd()
    {
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        if (_containerd is null)
        {
            return;
        }

        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(_containerd.LogTail());
        }

        await _containerd.DisposeAsync();
    }

    private protected static TaskExitedEvent Exit(int pid) => new("c1", "c1", new ProcessExit(pid, 3, DateTimeOffset.UnixEpoch.AddSeconds(pid)));
}
