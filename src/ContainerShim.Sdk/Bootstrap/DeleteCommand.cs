using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux.Interop;
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
/// <remarks>
/// containerd gives it five seconds (<c>io.containerd.timeout.shim.cleanup</c>). The limits below leave one of them for its own start and
/// for reading /proc; what hangs is left to the next attempt.
/// </remarks>
internal sealed class DeleteCommand(
    IOciRuntime runtime, IProcessMonitor monitor, ICgroupLoader cgroups, IMounter mounter, IBundleStore bundles, TimeProvider time)
{
    private const int SigKill = 9;

    /// <summary>128 + SIGKILL, for a container whose end nobody recorded.</summary>
    private const int KilledStatus = 137;

    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RuntimeLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan UnmountLimit = TimeSpan.FromSeconds(1);

    private readonly Survivors _survivors = new(bundles, cgroups, time);

    public async Task RunAsync(ShimFlags flags, Stream output, TextWriter warnings)
    {
        Identifiers.Validate(flags.Id);
        Identifiers.Validate(flags.Namespace);
        string bundle = BundleOf(flags);
        await WarnAsync("end runtime calls", () => EndStrayRuntimeCalls(bundle), warnings).ConfigureAwait(false);
        // Before the runtime, which has less to do and wait for then, and may hang or have lost its state.
        await WarnAsync("end processes", () => EndProcessesAsync(flags.Id, bundle), warnings).ConfigureAwait(false);
        await WarnAsync("remove runc container", () => DeleteContainerAsync(flags, bundle), warnings).ConfigureAwait(false);
        await WarnAsync("clean up rootfs mount", () => UnmountAsync(bundle), warnings).ConfigureAwait(false);
        await WarnAsync("remove socket", () => RemoveDeadSocket(bundle), warnings).ConfigureAwait(false);
        DemandNoneLives(flags.Id, bundle);
        Report(bundle, output);
    }

    /// <summary>
    /// The bundle is a neighbour of the working directory, under the name of the id: nothing else is touched. It is named as containerd
    /// names it, which is how it stands in the arguments of runtime calls: dockerd's are below /var/run, a link, which the working
    /// directory does not show.
    /// </summary>
    private static string BundleOf(ShimFlags flags)
    {
        string current = Directory.GetCurrentDirectory();
        string parent = Path.GetDirectoryName(current) ?? throw ShimException.InvalidArgument($"{current} is in no directory of bundles");
        if (flags.Bundle.Length == 0)
        {
            return Path.Join(parent, flags.Id);
        }

        string bundle = Path.TrimEndingDirectorySeparator(Path.GetFullPath(flags.Bundle));
        return Path.GetFileName(bundle) == flags.Id && Libc.Stat(Path.GetDirectoryName(bundle)!).IsSameAs(Libc.Stat(parent))
            ? bundle
            : throw ShimException.InvalidArgument($"bundle {flags.Bundle} is not {Path.Join(parent, flags.Id)}");
    }

    /// <summary>A runtime call that the shim had under way goes on without it, and would make what is deleted here.</summary>
    private void EndStrayRuntimeCalls(string bundle)
    {
        foreach (StrayRuntimeCall call in StrayRuntimeCalls.Find(bundle))
        {
            try
            {
                using IProcessWatch watch = monitor.Watch(call.Pid);
                if (StrayRuntimeCalls.IsThere(bundle, call))
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

    private async Task EndProcessesAsync(string id, string bundle)
    {
        using CancellationTokenSource limit = new(KillLimit, time);
        await _survivors.EndAsync(bundle, id, limit.Token).ConfigureAwait(false);
    }

    /// <summary>An answer would have containerd forget the container; without one it keeps the bundle, and tries again when it starts.</summary>
    /// <exception cref="ShimException">A process lives on.</exception>
    private void DemandNoneLives(string id, string bundle)
    {
        if (_survivors.Find(bundle, id) is { Count: > 0 } pids)
        {
            throw ShimException.Unknown(
                $"container {id} is not deleted: SIGKILL does not end process {string.Join(", ", pids)}, which may hang in the kernel; delete it again when that is over");
        }
    }

    private async Task DeleteContainerAsync(ShimFlags flags, string bundle)
    {
        using CancellationTokenSource limit = new(RuntimeLimit, time);
        RuntimeContainer container = new()
        {
            Id = flags.Id,
            Bundle = bundle,
            ContainerdNamespace = flags.Namespace,
            Options = bundles.ReadOptions(bundle),
        };
        try
        {
            // Not waited for beyond the limit, as one in uninterruptible sleep does not die of its kill.
            await runtime.DeleteAsync(container, force: true, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            EndStrayRuntimeCalls(bundle);
            throw;
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // Never made, or removed already.
        }
    }

    private async Task UnmountAsync(string bundle)
    {
        using CancellationTokenSource limit = new(UnmountLimit, time);
        await mounter.UnmountAsync(Path.Join(bundle, "rootfs"), limit.Token).ConfigureAwait(false);
    }

    /// <summary>What cannot be removed is told, and the rest done nevertheless: containerd reads the answer only where all went well.</summary>
    private static async Task WarnAsync(string step, Func<Task> work, TextWriter warnings)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await warnings.WriteLineAsync($"failed to {step}: it takes too long").ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await warnings.WriteLineAsync($"failed to {step}: {e.Message}").ConfigureAwait(false);
        }
    }

    private static Task WarnAsync(string step, Action work, TextWriter warnings) => WarnAsync(
        step,
        () =>
        {
            work();
            return Task.CompletedTask;
        },
        warnings);

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
