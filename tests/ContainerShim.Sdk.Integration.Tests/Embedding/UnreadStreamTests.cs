namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>Processes whose streams nobody reads or disposes of.</summary>
[NonParallelizable]
public sealed class UnreadStreamTests : EmbeddingFixture
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task Execs_NeverDisposedOf_LeaveNoDescriptorAfterTheirContainer(bool terminal)
    {
        ContainerStdio stdio = terminal ? ContainerStdio.TerminalStreams : ContainerStdio.Streams;
        await (await RunAsync(EmbeddedSite.Shell("exit 0"), id: "first")).DisposeAsync();
        int before = Descriptors();
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        List<ShimProcess> processes = [];
        for (int i = 0; i < 4; i++)
        {
            processes.Add(await container.ExecAsync(new ExecOptions { Args = ["sh", "-c", "echo one; echo two >&2; exit 3"], Stdio = stdio }));
        }

        processes.Add(await container.ExecAsync(new ExecOptions { Args = ["yes"], Stdio = stdio }));
        foreach (ShimProcess process in processes.SkipLast(1))
        {
            Assert.That((await process.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(3), "unread output keeps no exit back");
        }

        await container.KillAsync();
        await container.WaitAsync().WaitAsync(EmbeddedSite.Bound);
        await container.DeleteAsync().WaitAsync(EmbeddedSite.Bound);
        await Harness.Eventually.ShowsAsync(Descriptors, now => now <= before, "the descriptors are closed");
        Assert.That(await EmbeddedSite.ReadAllAsync(processes[0].StandardOutput), Does.StartWith("one"), "what they wrote can be read all the same");
    }

    [Test]
    public async Task Exec_WhoseFullStreamNobodyReads_IsDisposedOfWithItsEngine()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        ShimProcess full = await container.ExecAsync(new ExecOptions { Args = ["yes"], Stdio = ContainerStdio.Streams });
        ShimProcess other = await container.ExecAsync(new ExecOptions { Args = ["yes"], Stdio = ContainerStdio.Streams });
        await full.DisposeAsync().AsTask().WaitAsync(EmbeddedSite.Bound);
        Assert.That(full.Exit!.ExitCode, Is.EqualTo(137));
        await Engine.DisposeAsync().AsTask().WaitAsync(EmbeddedSite.Bound);
        Assert.That((await other.WaitAsync()).ExitCode, Is.EqualTo(137));
        Assert.That(Site.Leftovers, Is.Empty);
    }

    /// <summary>Pipes and terminals: files are the framework's own, which it opens when it likes.</summary>
    private static int Descriptors() => new DirectoryInfo("/proc/self/fd").GetFileSystemInfos()
        .Count(static link => link.LinkTarget is { } target && (target.StartsWith("pipe:", StringComparison.Ordinal) || target.Contains("ptmx", StringComparison.Ordinal)));
}
