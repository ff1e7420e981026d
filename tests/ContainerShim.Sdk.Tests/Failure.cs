namespace ContainerShim.Sdk.Tests;

internal static class Failure
{
    /// <summary>The failure of an operation, which must not succeed.</summary>
    internal static async Task<ShimException> OfAsync(Func<Task> operation) => (await Assert.ThrowsAsync<ShimException>(() => operation()))!;
}
