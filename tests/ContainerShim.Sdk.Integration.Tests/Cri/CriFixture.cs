using ContainerShim.Sdk.Integration.Tests.Harness;
using Grpc.Core;
using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>One containerd with the CRI plugin for all tests of a fixture, a pod for each test, and nothing left after each. Needs root and runc.</summary>
public abstract class CriFixture
{
    private CriSite? _site;

    private CriPod? _pod;

    private protected CriSite Site => _site ?? throw new InvalidOperationException("containerd was not started");

    /// <summary>What makes the pods.</summary>
    private protected virtual string Handler => CriConfig.PauseHandler;

    private protected CriPod Pod => _pod ?? throw new InvalidOperationException("the test has not begun");

    [OneTimeSetUp]
    public async Task StartContainerd() =>
        _site = await CriSite.StartAsync(ContainerdVersions.All.Last(version => version.Version.Major == 2), ContainerdVersions.DotnetRuntime);

    [OneTimeTearDown]
    public async Task StopContainerd()
    {
        if (_site is not null)
        {
            await _site.DisposeAsync();
        }
    }

    [SetUp]
    public async Task RunPod() => _pod = await Site.RunPodAsync(Handler);

    [TearDown]
    public async Task RemovePod()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(Site.LogTail());
        }

        // Both are no error for what is gone.
        if (_pod is not null)
        {
            try
            {
                await _pod.StopAsync();
            }
            catch (RpcException e) when (e.Status.Detail.EndsWith("ttrpc: closed", StringComparison.Ordinal))
            {
                // A container has just ended by itself, and containerd has closed its connection before its own Kill was answered. The kubelet asks again.
                await _pod.StopAsync();
            }

            await _pod.RemoveAsync();
            await Site.AssertNothingIsLeftAsync();
        }
    }
}
