using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A container that a check has created.</summary>
internal sealed record TrialContainer(RuntimeContainer Container, int Pid, IProcessWatch Watch);
