namespace ContainerShim.Sdk.Stats;

/// <summary>One line of pressure stall information.</summary>
/// <param name="Average10">Share of the last 10 seconds, in percent.</param>
/// <param name="Average60">Share of the last 60 seconds, in percent.</param>
/// <param name="Average300">Share of the last 300 seconds, in percent.</param>
/// <param name="Total">All of it so far.</param>
public sealed record PressureLevel(double Average10, double Average60, double Average300, TimeSpan Total);
