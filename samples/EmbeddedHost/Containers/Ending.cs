using ContainerShim.Sdk.Processes;
using Signum = Mono.Unix.Native.Signum;

namespace EmbeddedHost.Containers;

/// <summary>
/// Signals for containers, by their engine; or straight to their first process while another command, such as a shell that somebody has
/// left open, keeps the engine to itself.
/// </summary>
internal static class Ending
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KillBound = TimeSpan.FromSeconds(10);

    public static async Task StopAsync(ContainerFiles files, TimeSpan grace, CancellationToken cancellationToken)
    {
        if (!files.Read().IsRunning)
        {
            return;
        }

        try
        {
            await using Session session = await Session.FindAsync(files, cancellationToken, patience: Patience);
            ProcessExit exit = await session.Demand().StopAsync(grace, cancellationToken: cancellationToken);
            Observation.Note(files, exit);
        }
        catch (BusyException) when (files.Read().Process is { } process)
        {
            if (grace == TimeSpan.Zero || !await EndsAsync(process, (int)Signum.SIGTERM, grace, cancellationToken))
            {
                await EndsAsync(process, (int)Signum.SIGKILL, KillBound, cancellationToken);
            }
        }
    }

    public static async Task SignalAsync(ContainerFiles files, int signal, CancellationToken cancellationToken)
    {
        if (files.Read() is not { IsRunning: true, Process: { } process })
        {
            throw new ToolException($"container '{files.Name}' does not run");
        }

        try
        {
            await using Session session = await Session.FindAsync(files, cancellationToken, patience: Patience);
            await session.Demand().KillAsync(signal, cancellationToken: cancellationToken);
        }
        catch (BusyException)
        {
            ProcessSignal.Send(process, signal);
        }
    }

    private static async Task<bool> EndsAsync(ProcessIdentity process, int signal, TimeSpan bound, CancellationToken cancellationToken)
    {
        ProcessSignal.Send(process, signal);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        for (long deadline = Environment.TickCount64 + (long)bound.TotalMilliseconds; process.IsAlive;)
        {
            if (Environment.TickCount64 > deadline)
            {
                return false;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return true;
    }
}
