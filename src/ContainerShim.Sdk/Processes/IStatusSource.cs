using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Processes;

/// <summary>The parent of watched processes, where that is another process than this one. Safe for use from several threads.</summary>
internal interface IStatusSource
{
    /// <summary>
    /// Asks for the status of an ended process, once. The answer comes on the reactor's thread, also when it is only that there is none.
    /// </summary>
    /// <param name="pidfd">The process; not needed any more when the call returns.</param>
    /// <param name="leaveZombie">Whether the process stays a zombie, so that its status can be asked for again.</param>
    /// <param name="onAnswer">Takes the answer.</param>
    void Ask(SafeFd pidfd, bool leaveZombie, Action<StatusAnswer> onAnswer);

    /// <summary>Has an ended process collected whose status is known.</summary>
    void Collect(SafeFd pidfd);

    /// <summary>Has the status of a process kept until it is collected, though this process may end before.</summary>
    void Pin(int pid);

    /// <summary>Takes that back: the process may be collected by anybody.</summary>
    void Unpin(int pid);
}
