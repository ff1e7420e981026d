using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runc;

namespace ContainerShim.Sdk.Sandboxes;

/// <summary>
/// Starts the process that keeps the namespaces of a sandbox open and does nothing else: containerd's CRI plugin lets containers join
/// <c>/proc/PID/ns/…</c>. It is this program again, since there may be no other on the host, with an action that never returns.
/// </summary>
/// <param name="spawner">Starts it.</param>
/// <param name="program">What to start.</param>
internal sealed class NamespaceHolder(IProcessSpawner spawner, string program)
{
    /// <summary>The action of the command line.</summary>
    internal const string Action = "hold";

    /// <summary>Starts it. The watch is the caller's.</summary>
    /// <exception cref="ShimException">A namespace cannot be made or joined, or the process not be started.</exception>
    /// <remarks>On a thread for this alone: what it leaves it can never come back to, and it ends at once.</remarks>
    internal Task<IProcessWatch> StartAsync(CreateSandboxRequest request, PodSettings settings) =>
        OwnThread.RunAsync(() => Start(request, settings), "shim-sandbox", "a sandbox");

    private IProcessWatch Start(CreateSandboxRequest request, PodSettings settings)
    {
        try
        {
            Enter(request, settings);
            return spawner.Spawn(new SpawnRequest
            {
                FileName = program,
                // With what marks the runtime's calls: `delete` ends it when the shim has died.
                Arguments = [program, Action, .. StrayRuntimeCalls.Mark(request.BundlePath)],
            });
        }
        catch (LinuxException failure)
        {
            throw failure.ToShimException();
        }
    }

    private static void Enter(CreateSandboxRequest request, PodSettings settings)
    {
        bool isHostNetwork = settings.IsHostNetwork || request.NetworkNamespacePath.Length == 0;
        if (!isHostNetwork)
        {
            Libc.JoinNetworkNamespace(request.NetworkNamespacePath);
        }

        // The name of the host belongs to its network: a pod that shares one shares the other.
        Libc.LeaveNamespaces(ipc: !settings.IsHostIpc, uts: !settings.IsHostNetwork, pidOfChildren: !settings.IsHostPid);
        if (!settings.IsHostNetwork && settings.Hostname.Length > 0)
        {
            Libc.SetHostName(settings.Hostname);
        }

        Sysctls.Apply(settings);
    }
}
