using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Mounts;

/// <summary>
/// Runs one piece of work on a thread of its own: mount(2) and umount(2) may wait for a device or a server, and a thread that has left
/// the others' working directory cannot come back, so it must not be one of the pool.
/// </summary>
internal static class MountThread
{
    /// <exception cref="ShimException">ResourceExhausted: no thread is to be had.</exception>
    internal static Task<T> RunAsync<T>(Func<T> work) => OwnThread.RunAsync(work, "mount", "a mount");
}
