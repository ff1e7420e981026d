namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What <see cref="Runtimes.IOciRuntime"/> promises, as checks.</summary>
/// <example>
/// With NUnit; xUnit's MemberData and MSTest's DynamicData take the same list:
/// <code>
/// [TestCaseSource(typeof(RuntimeConformance), nameof(RuntimeConformance.Checks))]
/// public async Task MyRuntime_KeepsItsContract(ConformanceCheck&lt;RuntimeSubject&gt; check)
/// {
///     ConformanceOutcome outcome = await check.RunAsync(_subject);
///     Assume.That(outcome.WhyNotApplicable, Is.Empty);
/// }
/// </code>
/// </example>
public static class RuntimeConformance
{
    /// <summary>Every check. Each makes containers with ids of its own, so they may run side by side.</summary>
    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> Checks { get; } =
        [.. RuntimeCreationChecks.All, .. RuntimeStartChecks.All, .. RuntimeKillChecks.All, .. RuntimeExecChecks.All, .. RuntimeDeletionChecks.All, .. RuntimeQueryChecks.All];

    internal static ConformanceCheck<RuntimeSubject> Check(string name, string description, Func<RuntimeTrial, Task> body) => new(
        name,
        description,
        async (subject, token) =>
        {
            RuntimeTrial trial = new(subject, token);
            await using (trial.ConfigureAwait(false))
            {
                await body(trial).ConfigureAwait(false);
            }
        });
}
