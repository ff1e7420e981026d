namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>Something that ends once.</summary>
internal sealed class Registration(Action end) : IDisposable
{
    private Action? _end = end;

    public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
}
