namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>What several broken implementations do with the answers of the right one.</summary>
internal static class Defect
{
    /// <summary>Fails with another code than the right one.</summary>
    public static async Task<T> CodeAsync<T>(Func<Task<T>> call, ShimErrorCode right, ShimErrorCode wrong)
    {
        try
        {
            return await call();
        }
        catch (ShimException e) when (e.Code == right)
        {
            throw new ShimException(wrong, e.Message, e);
        }
    }

    /// <summary>Succeeds where the right one refuses.</summary>
    public static async Task<T> OrAsync<T>(Func<Task<T>> call, ShimErrorCode code, T instead)
    {
        try
        {
            return await call();
        }
        catch (ShimException e) when (e.Code == code)
        {
            return instead;
        }
    }

    /// <inheritdoc cref="OrAsync{T}(Func{Task{T}}, ShimErrorCode, T)"/>
    public static async Task OrAsync(Func<Task> call, ShimErrorCode code)
    {
        try
        {
            await call();
        }
        catch (ShimException e) when (e.Code == code)
        {
            // The defect.
        }
    }

    /// <summary>Lets one call at a time go on.</summary>
    public static async Task<T> GatedAsync<T>(SemaphoreSlim gate, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            return await call();
        }
        finally
        {
            gate.Release();
        }
    }
}
