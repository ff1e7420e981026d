namespace ContainerShim.Sdk.Tests.Simulation;

/// <summary>A request that a simulated client has made.</summary>
/// <param name="Name">Says what was asked.</param>
/// <param name="Answer">What came or will come of it.</param>
/// <param name="Cancel">The client gives up.</param>
internal sealed record SimCall(string Name, Task Answer, CancellationTokenSource Cancel)
{
    /// <summary>The process that it concerned when it was answered; 0 where there was none.</summary>
    public int Pid { get; set; }

    public bool IsWait => Name.StartsWith("Wait", StringComparison.Ordinal);
}
