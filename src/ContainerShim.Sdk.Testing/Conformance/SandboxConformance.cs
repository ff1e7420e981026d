using ContainerShim.Sdk.Sandboxes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>
/// What <see cref="ISandboxService"/> promises, as checks: for a service of one's own, or by a <see cref="Shims.SandboxClient"/> for any shim
/// there is. Used like those of <see cref="RuntimeConformance"/>.
/// </summary>
public static class SandboxConformance
{
    /// <summary>Every check. Each has a service of its own, so they may run side by side.</summary>
    public static IReadOnlyList<ConformanceCheck<SandboxSubject>> Checks { get; } = [.. SandboxLifecycleChecks.All, .. SandboxEndChecks.All];

    internal static ConformanceCheck<SandboxSubject> Check(string name, string description, Func<SandboxTrial, Task> body) => new(
        name,
        description,
        async (subject, token) =>
        {
            SandboxTrial trial = new(subject, await subject.MakeServiceAsync(token).ConfigureAwait(false), token);
            await using (trial.ConfigureAwait(false))
            {
                await body(trial).ConfigureAwait(false);
            }
        });
}
