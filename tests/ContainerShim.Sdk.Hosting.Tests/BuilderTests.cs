using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NSubstitute;

namespace ContainerShim.Sdk.Hosting.Tests;

/// <summary>Which parts an engine gets. The engine itself is Linux's; no container is made.</summary>
internal sealed class BuilderTests
{
    [Test]
    public async Task Parts_GivenAsInstances_AreTheEngines()
    {
        Parts parts = new();
        await using ServiceProvider provider = Build(builder => builder
            .UseRuntime(parts.Runtime).UseMonitor(parts.Monitor).UseCgroups(parts.Cgroups).UsePublisher(parts.Publisher));

        ContainerShimOptions engine = OptionsOf(provider);

        Assert.That((engine.Runtime, engine.Monitor, engine.Cgroups, engine.Publisher), Is.EqualTo((parts.Runtime, parts.Monitor, parts.Cgroups, parts.Publisher)));
    }

    [Test]
    public async Task Parts_GivenAsFactories_GetTheServices()
    {
        Parts parts = new();
        await using ServiceProvider provider = Build(builder =>
        {
            builder.Services.AddSingleton(parts);
            builder.UseRuntime(static services => services.GetRequiredService<Parts>().Runtime)
                .UseMonitor(static services => services.GetRequiredService<Parts>().Monitor)
                .UseCgroups(static services => services.GetRequiredService<Parts>().Cgroups)
                .UsePublisher(static services => services.GetRequiredService<Parts>().Publisher);
        });

        ContainerShimOptions engine = OptionsOf(provider);

        Assert.That((engine.Runtime, engine.Monitor, engine.Cgroups, engine.Publisher), Is.EqualTo((parts.Runtime, parts.Monitor, parts.Cgroups, parts.Publisher)));
    }

    [Test]
    public async Task Publisher_GivenAsType_IsMadeWithItsDependencies()
    {
        await using ServiceProvider provider = Build(builder =>
        {
            builder.Services.AddSingleton(new Dependency("x"));
            builder.UsePublisher<DependentPublisher>();
        });

        Assert.That(OptionsOf(provider).Publisher, Is.InstanceOf<DependentPublisher>().With.Property(nameof(DependentPublisher.Dependency)).EqualTo(new Dependency("x")));
    }

    [Test]
    public async Task Part_GivenTwice_IsTheLast()
    {
        IOciRuntime last = Substitute.For<IOciRuntime>();
        await using ServiceProvider provider = Build(builder => builder.UseRuntime(Substitute.For<IOciRuntime>()).UseRuntime(last));

        Assert.That(OptionsOf(provider).Runtime, Is.SameAs(last));
    }

    [Test]
    public async Task Parts_OfOneEngine_AreNotAnothers()
    {
        ServiceCollection services = new();
        ContainerShimOptions? a = null;
        ContainerShimOptions? b = null;
        services.AddContainerShim("a").UseRuntime(Substitute.For<IOciRuntime>()).ConfigureEngine((_, options) => a = options);
        services.AddContainerShim("b").ConfigureEngine((_, options) => b = options);
        await using ServiceProvider provider = services.BuildServiceProvider();

        _ = provider.GetRequiredKeyedService<ContainerShimEngine>("a");
        _ = provider.GetRequiredKeyedService<ContainerShimEngine>("b");

        Assert.That((a!.StateDirectory, b!.StateDirectory), Is.EqualTo(("/run/containershim-a", "/run/containershim-b")));
        Assert.That(a!.Runtime, Is.Not.Null);
        Assert.That(b!.Runtime, Is.Null);
        Assert.That(provider.GetService<ContainerShimEngine>(), Is.Null, "only the engine without a name comes without one");
    }

    [Test]
    public async Task Engine_AddedTwice_IsOneAndStartsOnce()
    {
        ServiceCollection services = new();
        services.AddContainerShim(static options => options.Namespace = "first");
        services.AddContainerShim(static options => options.StateDirectory = "/run/second");
        await using ServiceProvider provider = services.BuildServiceProvider();

        Assert.That(provider.GetServices<IHostedService>().Count(), Is.EqualTo(1));
        Assert.That(
            provider.GetRequiredService<ContainerShimEngine>(), Is.SameAs(provider.GetRequiredKeyedService<ContainerShimEngine>("")));
    }

    private static ServiceProvider Build(Action<ContainerShimBuilder> configure)
    {
        ServiceCollection services = new();
        services.AddSingleton<Captured>();
        configure(services.AddContainerShim().ConfigureEngine(static (provider, options) => provider.GetRequiredService<Captured>().Options = options));
        return services.BuildServiceProvider();
    }

    private static ContainerShimOptions OptionsOf(ServiceProvider provider)
    {
        _ = provider.GetRequiredService<ContainerShimEngine>();
        return provider.GetRequiredService<Captured>().Options!;
    }

    internal sealed record Dependency(string Name);

    internal sealed class DependentPublisher(Dependency dependency) : IEventPublisher
    {
        public Dependency Dependency => dependency;

        public Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Captured
    {
        public ContainerShimOptions? Options { get; set; }
    }

    private sealed class Parts
    {
        public IOciRuntime Runtime { get; } = Substitute.For<IOciRuntime>();

        public IProcessMonitor Monitor { get; } = Substitute.For<IProcessMonitor>();

        public ICgroupLoader Cgroups { get; } = Substitute.For<ICgroupLoader>();

        public IEventPublisher Publisher { get; } = Substitute.For<IEventPublisher>();
    }
}
