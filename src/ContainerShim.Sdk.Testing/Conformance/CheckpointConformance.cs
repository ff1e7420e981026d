using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>
/// What <see cref="ICheckpointableRuntime"/> promises, as checks, for a runtime that can freeze containers into files. On one that cannot they
/// do not apply. Used like those of <see cref="RuntimeConformance"/>, with the same subject.
/// </summary>
public static class CheckpointConformance
{
    /// <summary>Every check. Each makes containers with ids of its own, and images in a temporary directory that it removes; they may run side by side.</summary>
    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> Checks { get; } = [.. CheckpointChecks.All, .. RestoreChecks.All];

    internal static ConformanceCheck<RuntimeSubject> Check(string name, string description, Func<CheckpointTrial, Task> body) => RuntimeConformance.Check(
        name,
        description,
        async containers =>
        {
            if (containers.Runtime is not ICheckpointableRuntime { CanCheckpoint: true } runtime)
            {
                throw new NotApplicableException("the runtime cannot checkpoint");
            }

            using CheckpointTrial trial = new(containers, runtime);
            await body(trial).ConfigureAwait(false);
        });
}
