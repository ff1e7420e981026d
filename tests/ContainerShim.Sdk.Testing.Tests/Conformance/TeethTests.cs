using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Testing.Conformance;
using ContainerShim.Sdk.Testing.Events;
using ContainerShim.Sdk.Testing.InMemory;
using ContainerShim.Sdk.Testing.Shims;
using ContainerShim.Sdk.Testing.Tests.Broken;

namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>Each check finds the defect it is there for: a kit that passes everything would pass these too.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TeethTests
{
    /// <summary>Short, since some of the broken never answer.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private static IEnumerable<TestCaseData> Runtimes => BrokenRuntimes.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> Monitors => BrokenMonitors.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> Cgroups => BrokenCgroups.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> Publishers => BrokenPublishers.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> TaskServices => BrokenTaskServices.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    [Test]
    public void EveryCheck_HasABrokenImplementationThatItFinds()
    {
        Assert.That(BrokenRuntimes.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(RuntimeConformance.Checks)));
        Assert.That(BrokenMonitors.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(MonitorConformance.Checks)));
        Assert.That(BrokenCgroups.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(CgroupConformance.Checks)));
        Assert.That(BrokenPublishers.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(PublisherConformance.Checks)));
        Assert.That(BrokenTaskServices.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(TaskServiceConformance.Checks)));
    }

    [TestCaseSource(nameof(Runtimes))]
    public async Task BrokenRuntime_IsFound((string Check, string Defect, Action<BrokenRuntime, InMemoryHost> Break) broken)
    {
        using TempDirectory directory = new();
        InMemoryHost host = new();
        BrokenRuntime runtime = new(host);
        broken.Break(runtime, host);
        RuntimeSubject subject = RuntimeSubject.OnRootfs(runtime, host.Monitor, "rootfs", directory.Path);
        await FindsAsync(RuntimeConformance.Checks, broken.Check, new RuntimeSubject
        {
            Runtime = subject.Runtime, Monitor = subject.Monitor, MakeContainer = subject.MakeContainer, Patience = _patience,
        });
        host.EndAll();
    }

    [TestCaseSource(nameof(Monitors))]
    public async Task BrokenMonitor_IsFound((string Check, string Defect, Func<InMemoryHost, IProcessMonitor> Make) broken)
    {
        InMemoryHost host = new();
        await FindsAsync(MonitorConformance.Checks, broken.Check, new MonitorSubject
        {
            Monitor = broken.Make(host),
            StartProcess = workload => host.Run(ProcessScript.Interpret(new ProcessStart("none", "", workload.Command))).Pid,
            Patience = _patience,
        });
        host.EndAll();
    }

    [TestCaseSource(nameof(Cgroups))]
    public async Task BrokenCgroups_AreFound((string Check, string Defect, Func<InMemoryHost, ICgroupLoader> Make) broken)
    {
        using TempDirectory directory = new();
        InMemoryHost host = new();
        await FindsAsync(CgroupConformance.Checks, broken.Check, new CgroupSubject
        {
            Loader = broken.Make(host),
            Containers = RuntimeSubject.OnRootfs(host.Runtime, host.Monitor, "rootfs", directory.Path),
            Patience = _patience,
        });
        host.EndAll();
    }

    [TestCaseSource(nameof(Publishers))]
    public Task BrokenPublisher_IsFound((string Check, string Defect, Func<RecordingPublisher, IEventPublisher> Make) broken)
    {
        RecordingPublisher receiver = new();
        int next = 0;
        return FindsAsync(PublisherConformance.Checks, broken.Check, new PublisherSubject
        {
            MakePublisher = () => broken.Make(receiver),
            ReceiveAsync = async token =>
            {
                while (receiver.Envelopes.Count <= next)
                {
                    await Task.Delay(1, token);
                }

                return receiver.Envelopes[next++];
            },
            GoAwayAsync = () => Task.FromResult(receiver.IsAway = true),
            ComeBackAsync = () => Task.FromResult(receiver.IsAway = false),
            Patience = _patience,
        });
    }

    [TestCaseSource(nameof(TaskServices))]
    public async Task BrokenTaskService_IsFound((string Check, string Defect, Action<BrokenTasks, InMemoryShim> Break) broken)
    {
        using TempDirectory directory = new();
        await using InMemoryShim shim = InMemoryShim.Start();
        BrokenTasks tasks = new(shim.Engine.Tasks);
        broken.Break(tasks, shim);
        TaskServiceSubject subject = TaskServiceSubject.OnRootfs(tasks, "rootfs", directory.Path);
        await FindsAsync(TaskServiceConformance.Checks, broken.Check, new TaskServiceSubject
        {
            Tasks = subject.Tasks, MakeRequest = subject.MakeRequest, Publisher = shim.Publisher, Patience = _patience,
        });
    }

    private static TestCaseData Case(object broken, string check, string defect) => new TestCaseData(broken).SetArgDisplayNames($"{check}: {defect}");

    private static IEnumerable<string> Names<T>(IReadOnlyList<ConformanceCheck<T>> checks)
        where T : ConformanceSubject => checks.Select(static check => check.Name);

    private static async Task FindsAsync<T>(IReadOnlyList<ConformanceCheck<T>> checks, string name, T subject)
        where T : ConformanceSubject
    {
        ConformanceCheck<T> check = checks.Single(check => check.Name == name);
        try
        {
            await check.RunAsync(subject);
        }
        catch (ConformanceException e)
        {
            Assert.That(e.Message, Does.StartWith(name + ": ").And.Contains(check.Description));
            await TestContext.Out.WriteLineAsync(e.Message);
            return;
        }

        Assert.Fail($"{name} did not find the defect");
    }
}
