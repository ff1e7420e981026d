using ContainerShim.Sdk;

namespace EmbeddedHost.Containers;

/// <summary>Stands in for <c>ContainerShimEngine.AdoptAsync</c>, which takes precedence wherever the library has it.</summary>
internal static class Adoption
{
    public static Task<IReadOnlyList<ShimContainer>> AdoptAsync(this ContainerShimEngine engine, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(engine.Containers);
    }
}
