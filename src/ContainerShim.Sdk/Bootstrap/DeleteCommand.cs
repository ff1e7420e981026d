using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Task;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Runtimes;
using Google.Protobuf;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>
/// <c>delete</c>: removes what a container's shim left when it died, and reports how the container ended. Works from the disk and
/// /proc alone, and writes nothing.
/// </summary>
internal sealed class DeleteCommand(IOciRuntime runtime, IProcessMonitor monitor, IMounter mounter, IBundleStore bundles, TimeProvider time)
{
    private const int SigKill = 9;

    /// <summary>128 + SIGKILL, for a container whose end nobody recorded.</summary>
    private const int KilledStatus = 137;

    /// <summary>containerd gives `delete` five seconds; what hangs is left to its next attempt.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    public async Task RunAsync(ShimFlags flags, Stream output, TextWriter warnings)
    {
        Identifiers.Validate(flags.Id);
        Identifiers.Validate(flags.Namespace);
        string bundle = BundleOf(flags);
        using CancellationTokenSource limit = new(Limit, time);
        EndStrayRuntimeCalls(bundle);
        await DeleteContainerAsync(flags, bundle, warnings, limit.Token).ConfigureAwait(false);
        await mounter.UnmountAsync(Path.Combine(bundle, "rootfs"), limit.Token).ConfigureAwait(false);
        RemoveDeadSocket(bundle);
        Report(bundle, output);
    }

    /// <summary>The bundle is a neighbour of the working directory, under the name of the id: nothing else is touched.</summary>
    private static string BundleOf(ShimFlags flags)
    {
        string bundle = Path.Combine(Path.GetDirectoryName(Directory.GetCurrentDirectory())!, flags.Id);
        return flags.Bundle.Length == 0 || Path.GetFullPath(flags.Bundle) == bundle
            ? bundle
            : throw ShimException.InvalidArgument($"bundle {flags.Bundle} is not {bundle}");
    }

    /// <summary>A runtime call that the shim had under way goes on without it, and would make what is deleted here.</summary>
    private void EndStrayRuntimeCalls(string bundle)
    {
        foreach (StrayRuntimeCall call in StrayRuntimeCalls.Find(bundle))
        {
            try
            {
                using IProcessWatch watch = monitor.Watch(call.Pid);
                if (StrayRuntimeCalls.Find(bundle).Contains(call))
                {
                    watch.Signal(SigKill);
                }
            }
            catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
            {
                // It has ended by itself.
            }
        }
    }

    private async Task DeleteContainerAsync(ShimFlags flags, string bundle, TextWriter warnings, CancellationToken cancellationToken)
    {
        RuntimeContainer container = new()
        {
            Id = flags.Id,
            Bundle = bundle,
            ContainerdNamespace = flags.Namespace,
            Options = bundles.ReadOptions(bundle),
        };
        try
        {
            await runtime.DeleteAsync(container, force: true, cancellationToken).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // Never made, or removed already.
        }
        catch (ShimException e)
        {
            await warnings.WriteLineAsync($"failed to remove runc container: {e.Message}").ConfigureAwait(false);
        }
    }

    private static void RemoveDeadSocket(string bundle)
    {
        string file = Path.Combine(bundle, "address");
        if (File.Exists(file) && SocketAddress.ToPath(File.ReadAllText(file).Trim()) is { } path)
        {
            ShimSocket.RemoveIfDead(path);
        }
    }

    private void Report(string bundle, Stream output)
    {
        ProcessExit? exit = bundles.ReadExit(bundle);
        output.Write(new DeleteResponse
        {
            Pid = (uint)(exit?.Pid ?? bundles.ReadInitPid(bundle)),
            ExitStatus = (uint)(exit?.ExitCode ?? KilledStatus),
            ExitedAt = WireTime.ToWire(exit?.ExitedAt ?? time.GetUtcNow()),
        }.ToByteArray());
        output.Flush();
    }
}
