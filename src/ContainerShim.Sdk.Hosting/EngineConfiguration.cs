namespace ContainerShim.Sdk.Hosting;

/// <summary>A last change to what an engine is made from.</summary>
internal sealed record EngineConfiguration(Action<IServiceProvider, ContainerShimOptions> Apply);
