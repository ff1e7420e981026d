using ContainerShim.Sdk.Processes;

namespace EmbeddedHost.Containers;

/// <summary>Learns how a container ended that nobody has looked at since, and writes it down.</summary>
internal static class Observation
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static async Task<ContainerRecord> LookAsync(ContainerFiles files, CancellationToken cancellationToken)
    {
        ContainerRecord record = files.Read();
        if (record is { Exit: not null } or { Process: null } || record.IsRunning)
        {
            return record;
        }

        try
        {
            await using Session session = await Session.FindAsync(files, cancellationToken, patience: Patience);
            return session.Container is { } container
                ? Note(files, await container.WaitAsync(cancellationToken).WaitAsync(Patience, cancellationToken))
                : record;
        }
        catch (Exception exception) when (exception is BusyException or TimeoutException)
        {
            // Whoever has it will know.
            return record;
        }
    }

    public static ContainerRecord Note(ContainerFiles files, ProcessExit exit) => files.Write(files.Read() with { Exit = exit, Host = null });
}
