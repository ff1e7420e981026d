using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Reaper;

/// <summary>A request whose answer is waited for, by a thread that is not the reactor's.</summary>
internal static class ReaperCall
{
    /// <summary>The answer, or one with <c>ETIMEDOUT</c> when none came in time.</summary>
    /// <param name="connection">The reaper.</param>
    /// <param name="request">What to ask.</param>
    /// <param name="bound">How long to wait.</param>
    /// <param name="onLate">Takes an answer that comes after that.</param>
    internal static ReaperReply Make(ReaperConnection connection, ReaperRequest request, TimeSpan bound, Action<ReaperReply>? onLate = null)
    {
        object gate = new();
        ReaperReply? answer = null;
        bool gaveUp = false;
        connection.Send(request, reply =>
        {
            lock (gate)
            {
                if (!gaveUp)
                {
                    answer = reply;
                    Monitor.Pulse(gate);
                    return;
                }
            }

            onLate?.Invoke(reply);
        });
        lock (gate)
        {
            if (answer is null && !Monitor.Wait(gate, bound))
            {
                gaveUp = answer is null;
            }

            return answer ?? ReaperReply.Gone with { Error = Errno.ETIMEDOUT };
        }
    }
}
