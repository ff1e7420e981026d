using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Containers;

/// <summary>What the containers of one engine work with: the five seams and the operating system.</summary>
internal sealed record EngineServices
{
    public required string ContainerdNamespace { get; init; }

    public required IOciRuntime Runtime { get; init; }

    public required IProcessMonitor Monitor { get; init; }

    public required ICgroupLoader Cgroups { get; init; }

    public required EventLog Events { get; init; }

    public required IStdioFactory Stdio { get; init; }

    public required IMounter Mounter { get; init; }

    /// <summary>Whether root file systems are mounted here; otherwise the runtime is told of their mounts.</summary>
    public bool MountsRootfs { get; init; } = true;

    /// <summary>The options of containers that come with none; null where each brings its own.</summary>
    public RuntimeOptions? RuntimeOptions { get; init; }

    public required IBundleStore Bundles { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Keeps the orphan reaper from taking a process that the runtime has made and nobody watches yet.</summary>
    public IOrphanPolicy Orphans { get; init; } = NoOrphans.Instance;

    /// <summary>Keeps what a later engine needs to take containers over.</summary>
    public IProcessRecords Records { get; init; } = NoRecords.Instance;

    public EngineTimeouts Timeouts { get; init; } = new();

    /// <summary>How completions run on: a simulation runs them at once, on its own thread.</summary>
    public TaskCreationOptions Completions { get; init; } = TaskCreationOptions.RunContinuationsAsynchronously;
}
