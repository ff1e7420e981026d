using System.Diagnostics;
using ContainerShim.Sdk.Integration.Tests.Cri.V1;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>The end that the kubelet wishes: asked first, then made.</summary>
public sealed class StopTests : CriFixture
{
    [Test]
    public async Task Stop_OfAContainerThatObeys_IsDoneBeforeTheGraceEnds()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done"]);
        await container.LoggedAsync("ready");
        long started = Stopwatch.GetTimestamp();

        await container.StopAsync(25);

        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(10)));
        Assert.That((await container.StatusAsync()).ExitCode, Is.EqualTo(3));
    }

    [Test]
    public async Task Stop_OfAContainerThatIgnoresIt_KillsAfterTheGrace()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"]);
        await container.LoggedAsync("ready");
        long started = Stopwatch.GetTimestamp();

        await container.StopAsync(1);

        Assert.That(Stopwatch.GetElapsedTime(started), Is.InRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)));
        ContainerStatus status = await container.StatusAsync();
        Assert.That((status.State, status.ExitCode, status.Reason), Is.EqualTo((ContainerState.ContainerExited, 128 + 9, "Error")));
    }

    [Test]
    public async Task Stop_OfAContainerWithoutGrace_KillsAllOfItsProcesses()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "sleep 1000 & sleep 1001"]);

        await container.StopAsync(0);

        Assert.That((await container.StatusAsync()).ExitCode, Is.EqualTo(128 + 9));
        Assert.That(container.Processes(), Is.Empty);
    }
}
