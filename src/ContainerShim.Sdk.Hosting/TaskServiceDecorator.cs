using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Hosting;

/// <summary>Something around the task service of an engine.</summary>
internal sealed record TaskServiceDecorator(Func<IServiceProvider, IShimTaskService, IShimTaskService> Decorate);
