using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Stdio;
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
            ["MountsRootfs"] = "false",
            ["AdoptAtStart"] = "false",
            ["Runc:CreateTimeout"] = "00:01:00",
            ["Runc:KillTimeout"] = "00:00:30",
            ["Runc:RequireTrustedBinary"] = "true",
            ["Runc:InheritedVariables:0"] = "HTTP_PROXY",
            ["Stdio:SlowReader"] = "Spill",
            ["Stdio:BufferSize"] = "4096",
            ["Stdio:SpillSize"] = "8192",
            ["Stdio:SpillDirectory"] = "/spill",
            ["Stdio:FollowAnnotations"] = "false",
            ["Stdio:LargestBufferSize"] = "5000",
            ["Stdio:LargestSpillSize"] = "9000",
            ["Stdio:Schemes:0"] = "file",
            ["Stdio:LoggerDirectories:0"] = "/loggers",
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
            Assert.That((options.MountsRootfs, options.AdoptAtStart), Is.EqualTo((false, false)));
            Assert.That((options.Runc.CreateTimeout, options.Runc.KillTimeout), Is.EqualTo((TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30))));
            Assert.That(options.Runc.RequireTrustedBinary);
            Assert.That(options.Runc.InheritedVariables, Is.EqualTo(new[] { "HTTP_PROXY" }));
            Assert.That((options.Stdio.SlowReader, options.Stdio.BufferSize, options.Stdio.SpillSize), Is.EqualTo((SlowReaderPolicy.Spill, 4096, 8192L)));
            Assert.That((options.Stdio.SpillDirectory, options.Stdio.FollowAnnotations), Is.EqualTo(("/spill", false)));
            Assert.That((options.Stdio.LargestBufferSize, options.Stdio.LargestSpillSize), Is.EqualTo((5000, 9000L)));
            Assert.That(options.Stdio.Schemes, Is.EquivalentTo(new[] { "fifo", "file" }));
            Assert.That(options.Stdio.LoggerDirectories, Is.EqualTo(new[] { "/loggers" }));
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

    [TestCase("Nmaespace")]
    [TestCase("EventLog:Capactiy")]
    [TestCase("Runc:KilTimeout")]
    public void Bind_AKeyThatNoOptionHas_Fails(string key) => Assert.That(
        () => Read(new Dictionary<string, string?> { [key] = "1" }),
        Throws.InvalidOperationException.With.Message.Contains(key.Split(':')[^1]));

    [Test]
    public async Task Directories_OfTwoEngines_MustDiffer()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddContainerShim("a", static options => options.StateDirectory = "/run/x");
        builder.Services.AddContainerShim("b", static options => options.StateDirectory = "/run/y/../x/");
        using IHost host = builder.Build();

        OptionsValidationException failure = (await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync()))!;

        Assert.That(failure.Message, Does.Contain("of engine 'b' is also that of engine 'a'"));
    }

    [Test]
    public void StateDirectory_OfANamedEngine_IsItsOwnUnlessConfigured()
    {
        ServiceCollection services = new();
        services.Configure<ContainerShimHostOptions>("early", static options => options.StateDirectory = "/run/early");
        services.AddContainerShim();
        services.AddContainerShim("games");
        services.AddContainerShim("games");
        services.AddContainerShim("early");
        using ServiceProvider provider = services.BuildServiceProvider();
        IOptionsMonitor<ContainerShimHostOptions> options = provider.GetRequiredService<IOptionsMonitor<ContainerShimHostOptions>>();

        Assert.That(
            new[] { "", "games", "early" }.Select(name => options.Get(name).StateDirectory),
            Is.EqualTo(new[] { "/run/containershim", "/run/containershim-games", "/run/early" }));
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case(static options => options.Namespace = "a/b", "Namespace 'a/b'");
        yield return Case(static options => options.Namespace = new string('a', 77), "Namespace");
        yield return Case(static options => options.Namespace = "a\n", "Namespace");
        yield return Case(static options => options.StateDirectory = "state", "StateDirectory 'state'");
        yield return Case(static options => options.Runtime.BinaryName = null!, "Runtime:BinaryName");
        yield return Case(static options => options.Runtime.Root = "root", "Runtime:Root 'root'");
        yield return Case(static options => options.EventLog.Capacity = 0, "EventLog:Capacity");
        yield return Case(static options => options.EventLog.AttemptTimeout = TimeSpan.Zero, "EventLog:AttemptTimeout");
        yield return Case(static options => options.EventLog.FirstRetryDelay = -TimeSpan.FromSeconds(1), "EventLog:FirstRetryDelay must");
        yield return Case(static options => options.EventLog.LongestRetryDelay = TimeSpan.FromTicks(1), "EventLog:LongestRetryDelay");
        yield return Case(static options => options.ExitTracking = (ExitTracking)9, "ExitTracking 9");
        yield return Case(static options => options.Runc.KillTimeout = TimeSpan.Zero, "Runc:KillTimeout");
        yield return Case(static options => options.Runc.InheritedVariables.Add("A=B"), "Runc:InheritedVariables has 'A=B'");
        yield return Case(static options => options.Stdio.BufferSize = 0, "Stdio:BufferSize");
        yield return Case(static options => options.Stdio.SpillDirectory = "var", "Stdio:SpillDirectory 'var'");
        yield return Case(static options => options.Stdio.Schemes.Add("fiel"), "Stdio:Schemes has 'fiel'");
        yield return Case(static options => options.Stdio.LoggerDirectories.Add("bin"), "Stdio:LoggerDirectories has 'bin'");
        yield return Case(static options => options.DegradedFromPendingEvents = 0, "DegradedFromPendingEvents");
    }

    private static TestCaseData Case(Action<ContainerShimHostOptions> mistake, string named) => new TestCaseData(mistake, named).SetArgDisplayNames(named);

    private static IReadOnlyList<string> Validate(Action<ContainerShimHostOptions> mistake)
    {
        ContainerShimHostOptions options = new();
        mistake(options);
        return [.. new ContainerShimHostOptionsValidator(new StateDirectoryNames()).Validate(null, options).Failures ?? []];
    }

    private static ContainerShimHostOptions Read(Dictionary<string, string?> values)
    {
        ServiceCollection services = new();
        services.AddContainerShim("named").Bind(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptionsMonitor<ContainerShimHostOptions>>().Get("named");
    }
}
