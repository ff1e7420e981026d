using ContainerShim.Sdk.Events;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ContainerShim.Sdk.Hosting.Tests;

internal sealed class OptionsTests
{
    [Test]
    public void Defaults_AreValid() => Assert.That(Validate(static _ => { }), Is.Empty);

    [TestCaseSource(nameof(Mistakes))]
    public void Mistake_IsFoundAndNamed(Action<ContainerShimHostOptions> mistake, string named) =>
        Assert.That(Validate(mistake), Has.Exactly(1).Contains(named));

    [Test]
    public void Mistakes_AreAllReportedAtOnce() => Assert.That(
        Validate(static options =>
        {
            options.Namespace = "";
            options.StateDirectory = "here";
            options.EventLog.Capacity = 0;
        }),
        Has.Count.EqualTo(3));

    [Test]
    public async Task Mistake_OfAHost_FailsItsStart()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddContainerShim(static options => options.Namespace = "not valid");
        using IHost host = builder.Build();

        OptionsValidationException failure = (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync()))!;

        Assert.That(failure.Message, Does.Contain("Namespace 'not valid' is not valid"));
    }

    [Test]
    public void Bind_EveryOption_IsReadFromConfiguration()
    {
        ContainerShimHostOptions options = Read(new Dictionary<string, string?>
        {
            ["Namespace"] = "games",
            ["StateDirectory"] = "/run/games",
            ["ExitTracking"] = "Subreaper",
            ["Telemetry"] = "false",
            ["LeaveContainersRunning"] = "true",
            ["DegradedFromPendingEvents"] = "5",
            ["Runtime:BinaryName"] = "crun",
            ["Runtime:Root"] = "/run/crun",
            ["Runtime:SystemdCgroup"] = "true",
            ["Runtime:NoPivotRoot"] = "true",
            ["Runtime:NoNewKeyring"] = "true",
            ["EventLog:Capacity"] = "10",
            ["EventLog:AttemptTimeout"] = "00:00:01",
            ["EventLog:FirstRetryDelay"] = "00:00:02",
            ["EventLog:LongestRetryDelay"] = "00:00:03",
        });

        Assert.Multiple(() =>
        {
            Assert.That(options.Namespace, Is.EqualTo("games"));
            Assert.That(options.StateDirectory, Is.EqualTo("/run/games"));
            Assert.That(options.ExitTracking, Is.EqualTo(ExitTracking.Subreaper));
            Assert.That(options.Telemetry, Is.False);
            Assert.That(options.LeaveContainersRunning);
            Assert.That(options.DegradedFromPendingEvents, Is.EqualTo(5));
            Assert.That(options.Runtime.BinaryName, Is.EqualTo("crun"));
            Assert.That(options.Runtime.Root, Is.EqualTo("/run/crun"));
            Assert.That(options.Runtime.SystemdCgroup && options.Runtime.NoPivotRoot && options.Runtime.NoNewKeyring);
            Assert.That(options.EventLog.Capacity, Is.EqualTo(10));
            Assert.That(options.EventLog.AttemptTimeout, Is.EqualTo(TimeSpan.FromSeconds(1)));
            Assert.That(options.EventLog.FirstRetryDelay, Is.EqualTo(TimeSpan.FromSeconds(2)));
            Assert.That(options.EventLog.LongestRetryDelay, Is.EqualTo(TimeSpan.FromSeconds(3)));
        });
    }

    [Test]
    public void Bind_NothingConfigured_KeepsTheDefaults()
    {
        ContainerShimHostOptions options = Read([]);

        Assert.That(options.Namespace, Is.EqualTo("default"));
        Assert.That(options.EventLog.Capacity, Is.EqualTo(new EventLogOptions().Capacity));
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case(static options => options.Namespace = "a/b", "Namespace 'a/b'");
        yield return Case(static options => options.Namespace = new string('a', 77), "Namespace");
        yield return Case(static options => options.Namespace = "a\n", "Namespace");
        yield return Case(static options => options.StateDirectory = "state", "StateDirectory 'state'");
        yield return Case(static options => options.Runtime = null!, "Runtime is null");
        yield return Case(static options => options.Runtime.BinaryName = null!, "Runtime:BinaryName");
        yield return Case(static options => options.Runtime.Root = "root", "Runtime:Root 'root'");
        yield return Case(static options => options.EventLog = null!, "EventLog is null");
        yield return Case(static options => options.EventLog.Capacity = 0, "EventLog:Capacity");
        yield return Case(static options => options.EventLog.AttemptTimeout = TimeSpan.Zero, "EventLog:AttemptTimeout");
        yield return Case(static options => options.EventLog.FirstRetryDelay = -TimeSpan.FromSeconds(1), "EventLog:FirstRetryDelay must");
        yield return Case(static options => options.EventLog.LongestRetryDelay = TimeSpan.FromTicks(1), "EventLog:LongestRetryDelay");
        yield return Case(static options => options.DegradedFromPendingEvents = 0, "DegradedFromPendingEvents");
    }

    private static TestCaseData Case(Action<ContainerShimHostOptions> mistake, string named) => new TestCaseData(mistake, named).SetArgDisplayNames(named);

    private static IReadOnlyList<string> Validate(Action<ContainerShimHostOptions> mistake)
    {
        ContainerShimHostOptions options = new();
        mistake(options);
        return [.. new ContainerShimHostOptionsValidator().Validate(null, options).Failures ?? []];
    }

    private static ContainerShimHostOptions Read(Dictionary<string, string?> values)
    {
        ServiceCollection services = new();
        services.AddContainerShim("named").Bind(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsMonitor<ContainerShimHostOptions>>().Get("named");
    }
}
