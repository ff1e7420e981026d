using ContainerShim.Sdk.Integration.Tests.Cri.V1;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>Pods of a runtime whose <c>sandboxer</c> is <c>shim</c>: the shim's sandbox service makes them, and there is no pause container.</summary>
public sealed class SandboxedPodTests : CriFixture
{
    private protected override string Handler => CriConfig.ShimHandler;

    [Test]
    public async Task Pod_WithTwoContainers_IsServedByOneShimThroughAllOfItsLife()
    {
        CriContainer first = await Pod.RunAsync("first", ["sh", "-c", "echo hello; exec sleep 1000"]);
        CriContainer second = await Pod.RunAsync("second", ["sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done"]);

        Assert.That(Site.Shims().Where(process => !IsHolder(process)), Has.Exactly(1).Items);
        Assert.That(Site.Shims().Where(IsHolder), Has.Exactly(1).Items);
        Assert.That(await Pod.StateAsync(), Is.EqualTo(PodSandboxState.SandboxReady));
        Assert.That(await first.LoggedAsync("hello"), Does.Contain("stdout F hello\n"));
        Assert.That((await first.ExecAsync(10, "sh", "-c", "exit 9")).ExitCode, Is.EqualTo(9));
        Assert.That(Namespace(InitOf(first), "ipc"), Is.EqualTo(Namespace(InitOf(second), "ipc")).And.Not.EqualTo(Namespace("self", "ipc")));

        await second.LoggedAsync("ready");
        await second.StopAsync(20);
        Assert.That((await second.StatusAsync()).ExitCode, Is.EqualTo(3));
        await second.RemoveAsync();
        Assert.That((await first.StatusAsync()).State, Is.EqualTo(ContainerState.ContainerRunning));
        await Pod.StopAsync();
        Assert.That((await first.StatusAsync()).ExitCode, Is.EqualTo(128 + 9));
        Assert.That(await Pod.StateAsync(), Is.EqualTo(PodSandboxState.SandboxNotready));
        await Pod.RemoveAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Pod_WithAPidNamespaceOfItsOwn_SharesItAndAllOthersAmongItsContainers()
    {
        CriPod pod = await Site.RunPodAsync(Handler, config =>
        {
            config.Hostname = "alone";
            config.Linux.SecurityContext.NamespaceOptions.Pid = NamespaceMode.Pod;
        });
        CriContainer first = await pod.RunAsync("first", ["sleep", "1000"]);
        CriContainer second = await pod.RunAsync("second", ["sleep", "1000"]);

        foreach (string kind in new[] { "net", "pid", "ipc", "uts" })
        {
            Assert.That(Namespace(InitOf(first), kind), Is.EqualTo(Namespace(InitOf(second), kind)).And.Not.EqualTo(Namespace("self", kind)), kind);
        }

        Assert.That((await first.ExecAsync(10, "hostname")).Stdout.ToStringUtf8(), Is.EqualTo("alone\n"));
        Assert.That((await first.ExecAsync(10, "ps")).Stdout.ToStringUtf8().Split('\n').Count(line => line.EndsWith("sleep 1000", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That((await pod.StatusAsync()).Network.Ip, Is.EqualTo(CniNetwork.Address));

        await pod.StopAsync();
        await pod.RemoveAsync();
    }

    [Test]
    public async Task Sandbox_ThatDies_MakesThePodNotReadyAndLeavesItsContainers()
    {
        CriContainer container = await Pod.RunAsync("only", ["sleep", "1000"]);

        await Leftovers.KillAsync(Site.Shims().Single(IsHolder));

        await Eventually.BecomesAsync(Pod.StateAsync, state => state == PodSandboxState.SandboxNotready, "the end of the sandbox is told");
        Assert.That((await container.ExecAsync(10, "true")).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Pod_AfterContainerdIsKilledAndRestarted_RunsOnAndTellsItsEnds()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "until [ -e /end ]; do sleep 0.1; done; exit 5"]);
        IReadOnlyList<ProcFsProcess> shims = Site.Shims();

        await Site.Kill9Async();
        await Site.RestartAsync();

        Assert.That((await container.StatusAsync()).State, Is.EqualTo(ContainerState.ContainerRunning));
        Assert.That(await Pod.StateAsync(), Is.EqualTo(PodSandboxState.SandboxReady));
        Assert.That(Site.Shims(), Is.EqualTo(shims));
        await container.ExecAsync(10, "touch", "/end");
        Assert.That((await container.ExitedAsync()).ExitCode, Is.EqualTo(5));
    }

    private static bool IsHolder(ProcFsProcess process) => process.CommandLine.Contains(" hold ", StringComparison.Ordinal);

    private static string InitOf(CriContainer container) => container.Processes()[0].Pid.ToString();

    private static string Namespace(string pid, string kind) => new FileInfo($"/proc/{pid}/ns/{kind}").LinkTarget ?? "";
}
