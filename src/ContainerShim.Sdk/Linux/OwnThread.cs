namespace ContainerShim.Sdk.Linux;

/// <summary>Runs one piece of work on a thread of its own: it may wait for a device or a server, or change what a thread cannot change back.</summary>
internal static class OwnThread
{
    private const int StackSize = 256 * 1024;

    /// <summary>Starts a thread.</summary>
    internal static void Start(Thread thread) => thread.UnsafeStart();

    /// <summary>Whether no thread was to be had: what .NET makes of EAGAIN and ENOMEM, the limits of processes and of memory.</summary>
    internal static bool IsExhaustion(Exception exception) => exception is OutOfMemoryException or ThreadStartException;

    /// <param name="work">What to do.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="purpose">What the thread is for, for the error.</param>
    /// <param name="start">Starts the thread; null for <see cref="Start"/>.</param>
    /// <exception cref="ShimException">ResourceExhausted: no thread is to be had.</exception>
    internal static Task<T> RunAsync<T>(Func<T> work, string name, string purpose, Action<Thread>? start = null)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            (start ?? Start)(new Thread(() => Run(work, done), StackSize) { IsBackground = true, Name = name });
        }
        catch (Exception exception) when (IsExhaustion(exception))
        {
            done.SetException(ShimException.ResourceExhausted("no thread can be started for " + purpose, exception));
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
