using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A monitor to check, and how processes are made for it.</summary>
public sealed class MonitorSubject : ConformanceSubject
{
    /// <summary>The monitor.</summary>
    public required IProcessMonitor Monitor { get; init; }

    /// <summary>Starts a process that does this work and that nobody watches, and returns its pid. Where it matters, a child of this process.</summary>
    public required Func<Workload, int> StartProcess { get; init; }

    /// <summary>A subject whose processes are children of this process.</summary>
    /// <param name="monitor">The monitor, for example <see cref="LinuxHost.Monitor"/>.</param>
    /// <param name="spawner">Starts the processes, for example <see cref="LinuxHost.Spawner"/>.</param>
    public static MonitorSubject OnChildren(IProcessMonitor monitor, IProcessSpawner spawner) => new()
    {
        Monitor = monitor,
        StartProcess = workload => spawner.SpawnUnwatched(new SpawnRequest
        {
            FileName = "/bin/sh",
            Arguments = workload.Command,
            Environment = ["PATH=/usr/bin:/bin"],
        }),
    };
}
