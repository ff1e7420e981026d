using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>
/// A process that is no child of ours, held by a descriptor, through which no other is met. Its number is only its own as long as it has
/// not ended: what was learnt by the number counts if it has not even then.
/// </summary>
internal sealed class PinnedProcess(int pid, SafeFd pidfd) : IDisposable
{
    private const int SigKill = 9;

    public int Pid => pid;

    /// <summary>Whether all its threads have ended; it may be left as a zombie.</summary>
    public bool HasEnded => Libc.PollNow(pidfd, PollEvents.Readable) != PollEvents.None;

    /// <summary>
    /// Whether it runs no instruction of its own any more. The init of a pid namespace is in this state until all the others are collected,
    /// which is up to their parents.
    /// </summary>
    public bool IsEnding => ProcFiles.IsExiting(pid) || HasEnded;

    public void Kill() => _ = Libc.PidfdSendSignal(pidfd, SigKill);

    public void Dispose() => pidfd.Dispose();
}
