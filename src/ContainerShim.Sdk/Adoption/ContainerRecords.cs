namespace ContainerShim.Sdk.Adoption;

/// <summary>The records of one container.</summary>
/// <param name="Init">Its init process.</param>
/// <param name="Execs">Its execs that were started.</param>
internal sealed record ContainerRecords(ProcessRecord Init, IReadOnlyList<ProcessRecord> Execs);
