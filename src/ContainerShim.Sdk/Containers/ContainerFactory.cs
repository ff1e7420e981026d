using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>Makes containers and unmakes them; a creation that fails leaves nothing behind but the files that say what was tried.</summary>
internal sealed class ContainerFactory(EngineServices services)
{
    private readonly UnfinishedRemovals _unfinished = new(services);

    /// <summary>Removes what failed creations have left, as far as that is possible now.</summary>
    public Task FinishRemovalsAsync() => _unfinished.FinishAsync();

    /// <summary>Makes a container whose init process waits. Its creation is not logged yet.</summary>
    public async Task<Container> CreateAsync(CreateTaskRequest request, CancellationToken cancellationToken)
    {
        services.Bundles.RequireTrusted(request.Bundle);
        await _unfinished.DemandGoneAsync(request.Id).ConfigureAwait(false);
        BundleSpec spec = ReadSpec(request.Bundle);
        Container container = new(services, request, spec);
        container.Init.BeginRecord();
        container.ExpectOrphans();
        try
        {
            services.Vacancy?.Demand(request.Id, spec, request.Options);
            await MountRootfsAsync(container, request, cancellationToken).ConfigureAwait(false);
            services.Bundles.WriteOptions(request.Bundle, request.Options);
            await container.Init.MakeAsync(cancellationToken).ConfigureAwait(false);
            _unfinished.Begin();
            return container;
        }
        catch (Exception e)
        {
            await UndoAsync(container, e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a container known and logs its creation as one step, then begins to watch its init process.</summary>
    public static async Task AnnounceAsync(Container container, ContainerTable containers)
    {
        // Nothing may come before the creation: what goes by the gate waits here, an exec at the lock.
        using OperationGate.Pass pass = await container.Gate.EnterAsync(CancellationToken.None).ConfigureAwait(false);
        lock (container.Sync)
        {
            containers.Set(container);
            container.Init.LogCreated();
        }

        container.Init.RecordCreated();
        await container.Init.FollowAsync().ConfigureAwait(false);
    }

    /// <summary>Makes a container of an earlier engine known again, with its init process in the state it is in. Nothing is watched yet.</summary>
    public async Task<Container> AdoptAsync(ProcessRecord record, CancellationToken cancellationToken)
    {
        Container container = FromRecord(record, ReadSpec(record.Bundle));
        container.ExpectOrphans();
        try
        {
            await container.Init.AdoptAsync(record, cancellationToken).ConfigureAwait(false);
            return container;
        }
        catch
        {
            container.Dispose();
            throw;
        }
    }

    /// <summary>Removes what an earlier engine has left of a container that it had not finished making.</summary>
    public async Task RemoveHalfMadeAsync(ProcessRecord record)
    {
        using Container container = FromRecord(record, new BundleSpec());
        if (services.Bundles.HasOptions(record.Bundle))
        {
            await BestEffortAsync(container, "delete", token => RuntimeDeleteAsync(container, force: true, token)).ConfigureAwait(false);
        }

        // Else the runtime was not called yet; and where its state would be is not known, so that a container of another's could be hit.
        await BestEffortAsync(container, "unmount", token => UnmountAsync(container, token)).ConfigureAwait(false);
        services.Records.Remove(record.Id, record.Bundle);
        services.Logger.HalfMadeRemoved(record.Id);
    }

    /// <summary>Removes a container that has stopped or was never started, with all it has.</summary>
    public async Task<DeleteResult> DeleteAsync(Container container, CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        container.Init.Demand(Operation.Delete);
        await container.Init.EndCreatedAsync(cancellationToken).ConfigureAwait(false);
        // A slow reader must not keep the runtime from cleaning up: containerd's own deadline is as long as the drain time (containerd#13377).
        Task drained = container.Init.DrainAsync();
        try
        {
            await RuntimeDeleteAsync(container, force: false, cancellationToken).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.ResourceExhausted)
        {
            // The streams' descriptors are free then.
            await drained.ConfigureAwait(false);
            await RuntimeDeleteAsync(container, force: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await drained.ConfigureAwait(false);
        }

        await Task.WhenAll(container.AllExecs().Select(exec => exec.AbandonAsync())).ConfigureAwait(false);
        await UnmountAsync(container, cancellationToken).ConfigureAwait(false);
        container.Dispose();
        DeleteResult result = container.Init.Deleted();
        services.Records.Remove(container.Id, container.Bundle);
        services.Logger.ContainerDeleted(container.Id);
        _unfinished.Begin();
        return result;
    }

    /// <summary>
    /// A configuration that cannot be read is the runtime's to complain about, whose words clients know; until then the careful answer is
    /// that processes may outlive init.
    /// </summary>
    private BundleSpec ReadSpec(string bundle)
    {
        try
        {
            return services.Bundles.ReadSpec(bundle);
        }
        catch (ShimException)
        {
            return new BundleSpec { SharesPidNamespace = true };
        }
    }

    private Container FromRecord(ProcessRecord record, BundleSpec spec) => new(
        services,
        new CreateTaskRequest
        {
            Id = record.Id,
            Bundle = record.Bundle,
            Stdio = record.Stdio,

            // Where somebody has removed the bundle, the engine's own are the best guess.
            Options = services.RuntimeOptions is { } options && !Directory.Exists(record.Bundle) ? options : services.Bundles.ReadOptions(record.Bundle),
        },
        spec)
    {
        MountedRootfs = record.HasMounts ? Path.Join(record.Bundle, "rootfs") : null,
    };

    private async Task MountRootfsAsync(Container container, CreateTaskRequest request, CancellationToken cancellationToken)
    {
        if (request.Rootfs.Count == 0 || !services.MountsRootfs)
        {
            return;
        }

        string rootfs = services.Bundles.MakeRootfs(request.Bundle);
        await services.Mounter.MountAsync(rootfs, request.Rootfs, cancellationToken).ConfigureAwait(false);
        container.MountedRootfs = rootfs;
    }

    private async Task UndoAsync(Container container, Exception cause)
    {
        // Whatever it failed of: a runtime that was killed, or whose pid file cannot be read, has left a process. One of another's stays.
        bool isMade = container.Init.MayBeMade && cause is not ShimException { Code: ShimErrorCode.AlreadyExists };
        bool isDeleted = !isMade
            || await BestEffortAsync(container, "delete", token => RuntimeDeleteAsync(container, force: true, token)).ConfigureAwait(false);
        await BestEffortAsync(container, "stdio", _ => container.Init.DisposeStdioAsync()).ConfigureAwait(false);
        bool isUnmounted = await BestEffortAsync(container, "unmount", token => UnmountAsync(container, token)).ConfigureAwait(false);
        if (!isDeleted || !isUnmounted)
        {
            _unfinished.Add(container, async token =>
            {
                if (isMade)
                {
                    await RuntimeDeleteAsync(container, force: true, token).ConfigureAwait(false);
                }

                await UnmountAsync(container, token).ConfigureAwait(false);
            });
        }

        services.Records.Remove(container.Id, container.Bundle);
        container.Dispose();
    }

    private async Task RuntimeDeleteAsync(Container container, bool force, CancellationToken cancellationToken)
    {
        try
        {
            await services.Runtime.DeleteAsync(container.Runtime, force, cancellationToken).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // Gone already, as after a checkpoint with exit, or never made.
        }
    }

    private async Task UnmountAsync(Container container, CancellationToken cancellationToken)
    {
        if (container.MountedRootfs is { } rootfs)
        {
            try
            {
                await services.Mounter.UnmountAsync(rootfs, cancellationToken).ConfigureAwait(false);
            }
            catch (ShimException e)
            {
                throw new ShimException(e.Code, "failed rootfs umount: " + e.Message, e) { Reason = e.Reason };
            }

            container.MountedRootfs = null;
        }
    }

    /// <summary>Each step has the clean-up time for itself: one that hangs must not keep the next from being made. Returns whether it succeeded.</summary>
    private async Task<bool> BestEffortAsync(Container container, string step, Func<CancellationToken, Task> action)
    {
        using CancellationTokenSource limit = new(services.Timeouts.CleanUp, services.Time);
        try
        {
            await action(limit.Token).ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // the failure that led here is the one to report
        catch (Exception e)
#pragma warning restore CA1031
        {
            services.Logger.CleanUpFailed(e, container.Id, step);
            return false;
        }
    }
}
