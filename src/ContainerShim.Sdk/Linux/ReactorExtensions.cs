namespace ContainerShim.Sdk.Linux;

/// <summary>Conveniences over <see cref="IReactor"/>.</summary>
internal static class ReactorExtensions
{
    /// <summary>Runs an action on the reactor's thread; the task ends with it, and carries its exception.</summary>
    internal static Task InvokeAsync(this IReactor reactor, Action action)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        reactor.Post(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task;
    }
}
