namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What came of a check that found nothing wrong.</summary>
public sealed record ConformanceOutcome
{
    private ConformanceOutcome(string whyNotApplicable) => WhyNotApplicable = whyNotApplicable;

    /// <summary>The promise was tried and kept.</summary>
    public static ConformanceOutcome Passed { get; } = new("");

    /// <summary>Whether the promise was tried at all: not every implementation makes it, and not every subject says how to try it.</summary>
    public bool IsApplicable => WhyNotApplicable.Length == 0;

    /// <summary>Why it was not tried; empty when it was.</summary>
    public string WhyNotApplicable { get; }

    /// <summary>The promise was not tried.</summary>
    public static ConformanceOutcome NotApplicable(string why)
    {
        ArgumentException.ThrowIfNullOrEmpty(why);
        return new(why);
    }
}
