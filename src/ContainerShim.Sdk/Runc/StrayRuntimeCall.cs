namespace ContainerShim.Sdk.Runc;

/// <summary>A runtime process that goes on though the shim that started it is gone.</summary>
/// <param name="Pid">The process.</param>
/// <param name="StartTime">When it started, in clock ticks since boot: with the pid its identity, to be compared again after pidfd_open(2).</param>
internal sealed record StrayRuntimeCall(int Pid, ulong StartTime);
