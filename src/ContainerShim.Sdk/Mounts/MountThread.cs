namespace ContainerShim.Sdk.Mounts;

/// <summary>
/// Runs one piece of work on a thread of its own: mount(2) and umount(2) may wait for a device or a server, and a thread that has left
/// the others' working directory cannot come back, so it must not be one of the pool.
/// </summary>
internal static class MountThread
{
    private const int StackSize = 256 * 1024;

    /// <exception cref="ShimException">ResourceExhausted: no thread is to be had.</exception>
    internal static Task<T> RunAsync<T>(Func<T> work) => RunAsync(work, static thread => thread.UnsafeStart());

    /// <param name="work">What to do.</param>
    /// <param name="start">Starts the thread; fails in tests.</param>
    internal static Task<T> RunAsync<T>(Func<T> work, Action<Thread> start)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            start(new Thread(() => Run(work, done), StackSize) { IsBackground = true, Name = "mount" });
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // What .NET makes of EAGAIN: the limit of processes is reached.
            done.SetException(ShimException.ResourceExhausted("no thread can be started for a mount", exception));
        }

        return done.Task;
    }

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> done)
    {
        try
        {
            done.SetResult(work());
        }
        catch (Exception exception)
        {
            done.SetException(exception);
        }
    }
}
