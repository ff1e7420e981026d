namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>How a check cleans up: what a broken implementation leaves is not the check's failure.</summary>
internal static class BestEffort
{
    public static async Task TryAsync(Func<Task> call, TimeSpan patience)
    {
        try
        {
            await call().WaitAsync(patience, TimeProvider.System).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever it is, the check itself has its result
        catch (Exception)
#pragma warning restore CA1031
        {
            // It is gone already, mostly.
        }
    }
}
