using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Testing.Events;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A task service to check, in process or by a client, and how containers are made for it.</summary>
public sealed class TaskServiceSubject : ConformanceSubject
{
    /// <summary>The service.</summary>
    public required IShimTaskService Tasks { get; init; }

    /// <summary>Prepares a bundle and makes the request for a container with this id, whose init process does this work.</summary>
    public required Func<string, Workload, CreateTaskRequest> MakeRequest { get; init; }

    /// <summary>The OCI process object of an exec that does this work. Default: <c>sh -c</c> as root, in <c>/</c>.</summary>
    public Func<Workload, ReadOnlyMemory<byte>> MakeProcess { get; init; } = static workload => BundleWriter.ProcessSpec(workload.Command);

    /// <summary>Takes the events of the service. Default: null, they are not checked.</summary>
    public RecordingPublisher? Publisher { get; init; }

    /// <summary>A subject whose containers run <c>sh</c> on a root file system.</summary>
    /// <param name="tasks">The service.</param>
    /// <param name="rootfs">A directory with <c>bin/sh</c>, <c>proc</c> and <c>dev</c>; any for a runtime that runs no real processes.</param>
    /// <param name="directory">An empty directory for bundles and the runtime's state. It is for the caller to remove.</param>
    /// <param name="publisher">Takes the events of the service; null where they go elsewhere.</param>
    public static TaskServiceSubject OnRootfs(IShimTaskService tasks, string rootfs, string directory, RecordingPublisher? publisher = null) => new()
    {
        Tasks = tasks,
        Publisher = publisher,
        MakeRequest = (id, workload) =>
        {
            // Named as containerd names a bundle.
            string bundle = Path.Join(directory, Guid.NewGuid().ToString("N"), id);
            BundleWriter.Write(bundle, rootfs, workload.Command, "/conformance/" + id);
            return new CreateTaskRequest { Id = id, Bundle = bundle, Options = new RuntimeOptions { Root = Path.Join(directory, "state") } };
        },
    };
}
