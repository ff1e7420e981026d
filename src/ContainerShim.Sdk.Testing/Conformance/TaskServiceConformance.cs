namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>
/// What <see cref="Tasks.IShimTaskService"/> promises, as checks: for a service of one's own, for a decorator, or by a
/// <see cref="Shims.ShimClient"/> for any shim there is. Used like those of <see cref="RuntimeConformance"/>.
/// </summary>
public static class TaskServiceConformance
{
    /// <summary>Every check. Each makes containers with ids of its own, so they may run side by side.</summary>
    public static IReadOnlyList<ConformanceCheck<TaskServiceSubject>> Checks { get; } =
        [.. TaskLifecycleChecks.All, .. TaskExitChecks.All, .. TaskExecChecks.All, .. TaskQueryChecks.All];

    internal static ConformanceCheck<TaskServiceSubject> Check(string name, string description, Func<TaskTrial, Task> body) => new(
        name,
        description,
        async (subject, token) =>
        {
            TaskTrial trial = new(subject, token);
            await using (trial.ConfigureAwait(false))
            {
                await body(trial).ConfigureAwait(false);
            }
        });
}
