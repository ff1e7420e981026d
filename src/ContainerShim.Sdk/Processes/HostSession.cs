using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Processes;

/// <summary>
/// The session of this process, which tells a child of the host from one that it has inherited as a subreaper: the kernel does not. A child
/// is in the session of its parent (setsid(2)), whereas runtimes give each container and each exec a session of its own, and
/// <see cref="PosixSpawner"/> each runtime call.
/// </summary>
internal static class HostSession
{
    /// <summary>Whether a process is in it; also for a zombie. False for one that is gone.</summary>
    internal static bool Includes(int pid) => Libc.SessionOf(pid) == Libc.SessionOf(0);
}
