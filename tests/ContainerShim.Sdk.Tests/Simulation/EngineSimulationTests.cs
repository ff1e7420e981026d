using System.Globalization;

namespace ContainerShim.Sdk.Tests.Simulation;

/// <summary>
/// Random schedules. A failure prints its seed and its trace; CONTAINERSHIM_SIM_SEED and CONTAINERSHIM_SIM_COUNT replay it or run others.
/// </summary>
internal sealed class EngineSimulationTests
{
    private const ulong DefaultSeed = 20_300_101;
    private const int DefaultCount = 20_000;

    private static readonly string[] _operations =
    [
        "Create", "Start", "Delete", "Exec", "ResizePty", "State", "Pids", "Pause", "Resume", "Checkpoint", "CheckpointExit", "Kill",
        "CloseIO", "Update", "Wait", "Stats", "Connect", "Shutdown",
    ];

    [Test]
    public void Engine_RandomSchedules_KeepsItsPromises()
    {
        ulong first = Setting("CONTAINERSHIM_SIM_SEED", DefaultSeed);
        ulong count = Setting("CONTAINERSHIM_SIM_COUNT", DefaultCount);
        for (ulong i = 0; i < count; i++)
        {
            EngineSimulation simulation = new(first + i);
            if (simulation.Run().Count > 0)
            {
                Assert.Fail($"CONTAINERSHIM_SIM_COUNT=1 CONTAINERSHIM_SIM_SEED={simulation.Seed} replays it\n{simulation}");
            }
        }
    }

    [Test]
    public void Engine_SameSeed_DoesTheSame()
    {
        for (ulong i = 0; i < 200; i++)
        {
            EngineSimulation first = new(DefaultSeed + i);
            EngineSimulation second = new(DefaultSeed + i);
            first.Run();
            second.Run();

            Assert.That(second.Trace, Is.EqualTo(first.Trace));
        }
    }

    [Test]
    public void Schedules_AThousand_GetEverywhere()
    {
        HashSet<string> outcomes = [];
        for (ulong i = 0; i < 1000; i++)
        {
            EngineSimulation simulation = new(DefaultSeed + i);
            simulation.Run();
            outcomes.UnionWith(simulation.Outcomes);
        }

        Assert.That(outcomes, Is.SupersetOf(_operations.Select(operation => operation + " ok")));
        Assert.That(outcomes, Does.Contain("Start FailedPrecondition").And.Contain("Create AlreadyExists").And.Contain("Create Unavailable"));
        Assert.That(outcomes, Does.Contain("Start Canceled").And.Contain("Create Canceled").And.Contain("Delete Canceled"));
    }

    private static ulong Setting(string name, ulong otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
