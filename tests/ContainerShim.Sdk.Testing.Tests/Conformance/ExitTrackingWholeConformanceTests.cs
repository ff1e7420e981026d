using ContainerShim.Sdk.Testing.Conformance;

namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>The same in the other ways of learning of exits, with checkpoints and the whole task service.</summary>
[TestFixture(ExitTracking.Reaper)]
[TestFixture(ExitTracking.Subreaper)]
internal sealed class ExitTrackingWholeConformanceTests(ExitTracking tracking) : ExitTrackingConformanceTests(tracking)
{
    [TestCaseSource(typeof(CheckpointConformance), nameof(CheckpointConformance.Checks))]
    public Task Runtime_KeepsItsContractOfCheckpoints(ConformanceCheck<RuntimeSubject> check) => check.RunAsync(Runtime()).AppliesAsync();

    [TestCaseSource(typeof(TaskServiceConformance), nameof(TaskServiceConformance.Checks))]
    public Task TaskService_KeepsItsContract(ConformanceCheck<TaskServiceSubject> check) =>
        check.RunAsync(TaskService()).AppliesAsync();
}
