using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class PidsTests
{
    [Test]
    public void Pids_OfAContainerWhoseExitNobodyHasTaken_IsItsInitUntilThen()
    {
        EngineHarness engine = new();
        int pid = engine.Run("c");
        engine.Calls.Next("publish", CallPlan.Hold);

        engine.Kernel.Exit(pid, 7);
        Assert.That(Pids(engine), Is.EqualTo((int[])[pid]));
        engine.Calls.HeldOf("publish").Release();

        Assert.That(Pids(engine), Is.Empty);
    }

    [Test]
    public void Pids_OfAContainerThatRunsWhileEventsWait_AreTheRuntimes()
    {
        EngineHarness engine = new();
        int pid = engine.Run("c");
        engine.Calls.Next("publish", CallPlan.Hold);
        int exec = engine.RunExec("c", "e");

        Assert.That(Pids(engine), Is.EquivalentTo((int[])[pid, exec]));
    }

    private static IEnumerable<int> Pids(EngineHarness engine) =>
        engine.Service.PidsAsync(new PidsRequest("c")).Now().Processes.Select(process => process.Pid);
}
