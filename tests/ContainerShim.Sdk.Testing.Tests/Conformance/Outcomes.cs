using ContainerShim.Sdk.Testing.Conformance;

namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>What may come of checks here: an implementation of ours that a check does not apply to has not been checked.</summary>
internal static class Outcomes
{
    public static async Task AppliesAsync(this Task<ConformanceOutcome> check) => Assert.That((await check).WhyNotApplicable, Is.Empty);

    /// <summary>As above, but for checks of what the implementation does not have.</summary>
    public static async Task AppliesButForAsync(this Task<ConformanceOutcome> check, string name, params string[] others)
    {
        ConformanceOutcome outcome = await check;
        Assert.That(outcome.IsApplicable, Is.EqualTo(!others.Contains(name)), $"{name}: {outcome.WhyNotApplicable}");
    }
}
