namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>A call of an <see cref="InMemoryRuntime"/> that hangs until the test decides, or its token fires.</summary>
public sealed class HeldCall
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal HeldCall()
    {
    }

    /// <summary>Ends when the call has been made and hangs.</summary>
    public Task Entered => _entered.Task;

    /// <summary>Lets the call go on to its end.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Lets the call fail.</summary>
    public void Fail(Exception error) => _released.TrySetException(error);

    internal Task PassAsync(CancellationToken cancellationToken)
    {
        _entered.TrySetResult();
        return _released.Task.WaitAsync(cancellationToken);
    }
}
