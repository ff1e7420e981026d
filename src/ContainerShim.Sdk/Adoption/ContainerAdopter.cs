using System.Collections.Concurrent;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Adoption;

/// <summary>Takes over the containers that an earlier engine has left, from its records.</summary>
internal sealed class ContainerAdopter(EngineServices services, ContainerFactory factory, ContainerTable containers)
{
    /// <summary>Each asks the runtime for the state of its container.</summary>
    private const int AtOnce = 4;

    /// <summary>
    /// Takes all over that the engine does not have yet. What was half made is removed; what cannot be taken over is left as it is.
    /// </summary>
    /// <returns>The containers, each in the state it is in.</returns>
    public async Task<IReadOnlyList<Container>> AdoptAsync(CancellationToken cancellationToken)
    {
        // Nothing of theirs must be taken for an orphan before it is watched.
        using IDisposable hold = services.Orphans.Hold();
        ConcurrentBag<Container> adopted = [];
        await Parallel.ForEachAsync(
            services.Records.ReadAll().Where(records => containers.Find(records.Init.Id) is null),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (records, token) =>
            {
                if (await TryAdoptAsync(records, token).ConfigureAwait(false) is { } container)
                {
                    adopted.Add(container);
                }
            }).ConfigureAwait(false);
        return [.. adopted];
    }

    private async Task<Container?> TryAdoptAsync(ContainerRecords records, CancellationToken cancellationToken)
    {
        try
        {
            return await AdoptAsync(records, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // one container must not keep the others from being taken over
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            services.Logger.NotAdopted(exception, records.Init.Id);
            return null;
        }
    }

    private async Task<Container?> AdoptAsync(ContainerRecords records, CancellationToken cancellationToken)
    {
        containers.Reserve(records.Init.Id);
        bool known = false;
        try
        {
            await Leftovers.EndRuntimeCallsAsync(services, records.Init).ConfigureAwait(false);
            if (records.Init.Phase == RecordPhase.Making || records.Init.Pid == 0)
            {
                // Nobody was told of it, or it was to be restored and there is nothing of it yet.
                await factory.RemoveHalfMadeAsync(records.Init).ConfigureAwait(false);
                return null;
            }

            Leftovers.EndUnreportedExecs(services, records);
            Container container = await factory.AdoptAsync(records.Init, cancellationToken).ConfigureAwait(false);
            containers.Set(container);
            known = true;

            // It is ours from here on, whatever fails and whatever token fires.
            foreach (ProcessRecord exec in records.Execs)
            {
                ExecRequest request = new() { Id = container.Id, ExecId = exec.Id, Stdio = exec.Stdio, ProcessSpec = default };
                await container.AddAdopted(request).AdoptAsync(exec).ConfigureAwait(false);
            }

            await container.Init.FollowAdoptedAsync(records.Init).ConfigureAwait(false);
            services.Logger.ContainerAdopted(container.Id, container.Init.Pid, records.Execs.Count);
            return container;
        }
        finally
        {
            if (!known)
            {
                containers.Remove(records.Init.Id);
            }
        }
    }
}
