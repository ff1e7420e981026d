using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A runtime to check, and how containers are made for it.</summary>
public sealed class RuntimeSubject : ConformanceSubject
{
    /// <summary>The runtime.</summary>
    public required IOciRuntime Runtime { get; init; }

    /// <summary>The monitor that sees the runtime's processes: for a real runtime <see cref="LinuxHost.Monitor"/>.</summary>
    public required IProcessMonitor Monitor { get; init; }

    /// <summary>
    /// Prepares a bundle for a container with this id, whose init process does this work. Called once for each container of a check; an
    /// id may come again after its deletion.
    /// </summary>
    public required Func<string, Workload, RuntimeContainer> MakeContainer { get; init; }

    /// <summary>The OCI process object of an exec that does this work. Default: <c>sh -c</c> as root, in <c>/</c>.</summary>
    public Func<Workload, ReadOnlyMemory<byte>> MakeProcess { get; init; } = static workload => BundleWriter.ProcessSpec(workload.Command);

    /// <summary>A subject whose containers run <c>sh</c> on a root file system.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="monitor">The monitor that sees its processes.</param>
    /// <param name="rootfs">A directory with <c>bin/sh</c>, <c>proc</c> and <c>dev</c>; any for a runtime that runs no real processes.</param>
    /// <param name="directory">An empty directory for bundles and the runtime's state. It is for the caller to remove.</param>
    public static RuntimeSubject OnRootfs(IOciRuntime runtime, IProcessMonitor monitor, string rootfs, string directory) => new()
    {
        Runtime = runtime,
        Monitor = monitor,
        MakeContainer = (id, workload) =>
        {
            string bundle = Path.Join(directory, Guid.NewGuid().ToString("N"));
            BundleWriter.Write(bundle, rootfs, workload.Command, "/conformance/" + id);
            return new RuntimeContainer
            {
                Id = id,
                Bundle = bundle,
                ContainerdNamespace = "conformance",
                Options = new RuntimeOptions { Root = Path.Join(directory, "state") },
            };
        },
    };
}
