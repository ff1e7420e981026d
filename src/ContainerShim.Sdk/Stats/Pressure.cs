namespace ContainerShim.Sdk.Stats;

/// <summary>Pressure stall information: how long processes had to wait for a resource. See Documentation/accounting/psi.rst of the kernel.</summary>
/// <param name="Some">Times in which at least one process waited.</param>
/// <param name="Full">Times in which all that had something to do waited; null where the kernel does not tell.</param>
public sealed record Pressure(PressureLevel Some, PressureLevel? Full);
