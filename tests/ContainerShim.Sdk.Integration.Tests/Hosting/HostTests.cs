using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Hosting;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NSubstitute;

namespace ContainerShim.Sdk.Integration.Tests.Hosting;

/// <summary>A generic host that runs real containers. Needs root and runc.</summary>
public sealed class HostTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private HostSite _site = null!;

    [SetUp]
    public void MakeSite() => _site = HostSite.Create();

    [TearDown]
    public async Task RemoveSite() => await _site.DisposeAsync();

    [Test]
    public async Task Host_ConfiguredAndStarted_RunsAContainerAndLeavesNothing()
    {
        using IHost host = await StartAsync(static _ => { });
        ContainerShimEngine engine = host.Services.GetRequiredService<ContainerShimEngine>();
        await using IAsyncEnumerator<EventEnvelope> events = engine.Events.ReadAllAsync().GetAsyncEnumerator();

        await using (ShimContainer container = await engine.CreateContainerAsync("c1", _site.MakeBundle("c1", "exit 7")).WaitAsync(Bound))
        {
            await container.StartAsync().WaitAsync(Bound);
            ProcessExit exit = await container.WaitAsync().WaitAsync(Bound);
            Assert.That(exit.ExitCode, Is.EqualTo(7));
        }

        await host.StopAsync().WaitAsync(Bound);
        List<string> topics = [];
        while (await events.MoveNextAsync().AsTask().WaitAsync(Bound))
        {
            topics.Add(events.Current.Event.Topic);
            Assert.That(events.Current.ContainerdNamespace, Is.EqualTo(_site.Namespace));
        }

        Assert.That(topics, Is.EqualTo(new[] { "/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete" }));
        Assert.That(_site.RuntimeStates, Is.Empty);
    }

    [Test]
    public async Task Stop_WithAContainerThatRuns_KillsAndDeletesItAndDeliversItsLastEvents()
    {
        List<EventEnvelope> delivered = [];
        IEventPublisher publisher = Substitute.For<IEventPublisher>();
        publisher.PublishAsync(Arg.Do<EventEnvelope>(envelope => delivered.Add(envelope)), Arg.Any<CancellationToken>()).Returns(Task.CompletedTask);
        using IHost host = await StartAsync(shim => shim.UsePublisher(publisher));
        ShimContainer container = await RunAsync(host, "c1", "sleep 1000");

        await host.StopAsync().WaitAsync(Bound);

        Assert.That(ProcFs.IsAlive(container.Pid), Is.False);
        Assert.That(_site.RuntimeStates, Is.Empty);
        Assert.That(delivered.Select(static envelope => envelope.Event.Topic).TakeLast(2), Is.EqualTo(new[] { "/tasks/exit", "/tasks/delete" }));
        await publisher.Received().DisposeAsync();
    }

    [Test]
    public async Task Stop_LeaveRunning_LeavesTheContainer()
    {
        ShimContainer container;
        using (IHost host = await StartAsync(shim => shim.Configure(static (_, options) => options.LeaveContainersRunning = true)))
        {
            container = await RunAsync(host, "c1", "sleep 1000");
            await host.StopAsync().WaitAsync(Bound);
        }

        Assert.That(ProcFs.IsAlive(container.Pid), Is.True);
        Assert.That(_site.RuntimeStates, Has.Count.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Start_AfterAHostThatLeftAContainer_TakesItOver(bool adopts)
    {
        int pid;
        using (IHost first = await StartAsync(shim => shim.Configure(static (_, options) => options.LeaveContainersRunning = true)))
        {
            pid = (await RunAsync(first, "c1", "exec sleep 1000")).Pid;
            await first.StopAsync().WaitAsync(Bound);
        }

        using IHost second = await StartAsync(shim => shim.Configure((_, options) => options.AdoptAtStart = adopts));
        ContainerShimEngine engine = second.Services.GetRequiredService<ContainerShimEngine>();

        Assert.That(engine.Containers.Select(static container => container.Pid), Is.EqualTo(adopts ? new[] { pid } : []));
        if (!adopts)
        {
            await engine.AdoptAsync().WaitAsync(Bound);
        }

        ProcessExit exit = await engine.GetContainer("c1").StopAsync(TimeSpan.Zero).WaitAsync(Bound);
        Assert.That(exit.ExitCode, Is.EqualTo(137));
        await second.StopAsync().WaitAsync(Bound);
        Assert.That(_site.RuntimeStates, Is.Empty);
    }

    [Test]
    public async Task DecorateTaskService_Decorators_AreAroundTheServiceTheLastOutermost()
    {
        List<string> seen = [];
        using IHost host = await StartAsync(shim => shim
            .DecorateTaskService((_, inner) => Recorder("inner", inner, seen))
            .DecorateTaskService((_, inner) => Recorder("outer", inner, seen)));
        IShimTaskService tasks = host.Services.GetRequiredService<IShimTaskService>();

        await tasks.ConnectAsync(new ConnectRequest("c1")).WaitAsync(Bound);
        await using (await RunAsync(host, "c1", "exit 0"))
        {
            // What the handle does is no call of the service, as the documentation says.
        }

        Assert.That(seen, Is.EqualTo(new[] { "outer", "inner" }));
        Assert.That(tasks, Is.SameAs(host.Services.GetRequiredService<ContainerShimEngine>().Tasks));
    }

    [Test]
    public async Task NamedEngines_SideBySide_KeepTheirContainersApart()
    {
        await using HostSite second = HostSite.Create();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddContainerShim("a", options => (options.Namespace, options.StateDirectory) = (_site.Namespace, _site.StateDirectory));
        builder.Services.AddContainerShim("b", options => (options.Namespace, options.StateDirectory) = (second.Namespace, second.StateDirectory));
        using IHost host = builder.Build();
        await host.StartAsync();
        ContainerShimEngine a = host.Services.GetRequiredKeyedService<ContainerShimEngine>("a");
        ContainerShimEngine b = host.Services.GetRequiredKeyedService<ContainerShimEngine>("b");

        await using ShimContainer first = await a.CreateContainerAsync("same", _site.MakeBundle("same", "exit 1")).WaitAsync(Bound);
        await using ShimContainer other = await b.CreateContainerAsync("same", second.MakeBundle("same", "exit 2")).WaitAsync(Bound);
        await first.StartAsync().WaitAsync(Bound);
        await other.StartAsync().WaitAsync(Bound);

        Assert.That((await first.WaitAsync().WaitAsync(Bound)).ExitCode, Is.EqualTo(1));
        Assert.That((await other.WaitAsync().WaitAsync(Bound)).ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task HealthCheck_OnThisMachine_IsHealthyAndTellsTheRuntimesVersion()
    {
        using IHost host = await StartAsync(static _ => { });

        HealthReportEntry entry = await CheckAsync(host);

        Assert.That(entry.Status, Is.EqualTo(HealthStatus.Healthy), entry.Description);
        Assert.That(entry.Data["runtime"], Does.StartWith("runc version "));
        Assert.That(entry.Data["containers"], Is.Zero);
    }

    [Test]
    public async Task HealthCheck_RuntimeIsMissing_IsUnhealthyAndSaysWhatToDo()
    {
        using IHost host = await StartAsync(shim => shim.Configure(static (_, options) => options.Runtime.BinaryName = "no-such-runtime"));

        HealthReportEntry entry = await CheckAsync(host);

        Assert.That(entry.Status, Is.EqualTo(HealthStatus.Unhealthy));
        Assert.That(entry.Description, Does.Contain("no-such-runtime").And.EndWith("Install it, or name another in Runtime:BinaryName."));
    }

    [Test]
    public async Task HealthCheck_AfterTheStop_SaysThatTheEngineHasEnded()
    {
        using IHost host = await StartAsync(static _ => { });
        await host.StopAsync().WaitAsync(Bound);

        HealthReportEntry entry = await CheckAsync(host);

        Assert.That(entry.Status, Is.EqualTo(HealthStatus.Unhealthy));
        Assert.That(entry.Description, Does.Contain("ended"));
    }

    private static async Task<HealthReportEntry> CheckAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().WaitAsync(Bound)).Entries["containershim"];

    private static IShimTaskService Recorder(string name, IShimTaskService inner, List<string> seen)
    {
        IShimTaskService recorder = Substitute.For<IShimTaskService>();
        recorder.ConnectAsync(default!, default).ReturnsForAnyArgs(call =>
        {
            seen.Add(name);
            return inner.ConnectAsync(call.Arg<ConnectRequest>());
        });
        return recorder;
    }

    private async Task<ShimContainer> RunAsync(IHost host, string id, string script)
    {
        ContainerShimEngine engine = host.Services.GetRequiredService<ContainerShimEngine>();
        ShimContainer container = await engine.CreateContainerAsync(id, _site.MakeBundle(id, script)).WaitAsync(Bound);
        await container.StartAsync().WaitAsync(Bound);
        return container;
    }

    private async Task<IHost> StartAsync(Action<ContainerShimBuilder> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ContainerShim:Namespace"] = _site.Namespace,
            ["ContainerShim:StateDirectory"] = _site.StateDirectory,
            ["ContainerShim:ExitTracking"] = "Reaper",
        });
        configure(builder.Services.AddContainerShim().Bind(builder.Configuration.GetSection("ContainerShim")));
        builder.Services.AddHealthChecks().AddContainerShim();
        builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug));
        IHost host = builder.Build();
        await host.StartAsync().WaitAsync(Bound);
        return host;
    }
}
