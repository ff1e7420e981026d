using ContainerShim.Sdk.Cgroups;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A loader of cgroups to check, and a runtime that makes containers which have some.</summary>
public sealed class CgroupSubject : ConformanceSubject
{
    /// <summary>The loader.</summary>
    public required ICgroupLoader Loader { get; init; }

    /// <summary>Runs the containers whose cgroups are loaded; each must have one of its own.</summary>
    public required RuntimeSubject Containers { get; init; }
}
