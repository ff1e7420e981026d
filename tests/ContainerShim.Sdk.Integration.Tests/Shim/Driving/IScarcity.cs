namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>Something of which a running shim gets no more than it is left.</summary>
internal interface IScarcity : IAsyncDisposable
{
    /// <summary>Leaves it so many more than it has now.</summary>
    Task LeaveAsync(int free);

    /// <summary>Leaves it enough.</summary>
    Task EndAsync();
}
