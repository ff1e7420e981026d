using ContainerShim.Sdk.Containers;

namespace ContainerShim.Sdk.Tests.Simulation;

/// <summary>A request that a simulated client has made.</summary>
/// <param name="Name">Says what was asked.</param>
/// <param name="Answer">What came or will come of it.</param>
/// <param name="Cancel">The client gives up.</param>
/// <param name="Process">The process it concerned when it was made.</param>
internal sealed record SimCall(string Name, Task Answer, CancellationTokenSource Cancel, ManagedProcess? Process)
{
    public bool IsWait => Name.StartsWith("Wait", StringComparison.Ordinal);
}
