namespace ContainerShim.Sdk.Mounts;

/// <summary>
/// Runs one piece of work on a thread of its own: mount(2) and umount(2) may wait for a device or a server, and a thread that has left
/// the others' working directory cannot come back, so it must not be one of the pool.
/// </summary>
internal static class MountThread
{
    private const int StackSize = 256 * 1024;

    internal static Task<T> RunAsync<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() => Run(work, done), StackSize) { IsBackground = true, Name = "mount" };
        thread.UnsafeStart();
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
