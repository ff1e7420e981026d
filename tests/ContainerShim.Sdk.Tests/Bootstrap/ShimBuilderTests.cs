using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Tasks;
using NSubstitute;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class ShimBuilderTests
{
    [Test]
    public void DecorateTaskService_Twice_TheLastIsOutermost()
    {
        IShimTaskService tasks = Substitute.For<IShimTaskService>();
        ShimBuilder builder = new();
        builder.DecorateTaskService(static (_, inner) => new Named("first", inner)).DecorateTaskService(static (_, inner) => new Named("second", inner));

        Named outer = (Named)builder.TaskServiceDecorator(null!, tasks);

        Assert.That((outer.Name, ((Named)outer.Wrapped).Name, ((Named)outer.Wrapped).Wrapped), Is.EqualTo(("second", "first", tasks)));
    }

    private sealed class Named(string name, IShimTaskService inner) : DelegatingTaskService(inner)
    {
        public string Name => name;

        public IShimTaskService Wrapped => Inner;
    }
}
