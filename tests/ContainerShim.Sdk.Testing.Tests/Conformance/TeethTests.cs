using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Sandboxes;
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

    private static IEnumerable<TestCaseData> Checkpoints => BrokenCheckpoints.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> Monitors => BrokenMonitors.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> Cgroups => BrokenCgroups.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> Publishers => BrokenPublishers.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> TaskServices => BrokenTaskServices.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    private static IEnumerable<TestCaseData> Sandboxes => BrokenSandboxes.All.Select(static broken => Case(broken, broken.Check, broken.Defect));

    [Test]
    public void EveryCheck_HasABrokenImplementationThatItFinds()
    {
        Assert.That(BrokenRuntimes.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(RuntimeConformance.Checks)));
        Assert.That(BrokenCheckpoints.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(CheckpointConformance.Checks)));
        Assert.That(BrokenMonitors.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(MonitorConformance.Checks)));
        Assert.That(BrokenCgroups.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(CgroupConformance.Checks)));
        Assert.That(BrokenPublishers.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(PublisherConformance.Checks)));
        Assert.That(BrokenSandboxes.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(SandboxConformance.Checks)));
        Assert.That(BrokenTaskServices.All.Select(static broken => broken.Check).Distinct(), Is.EquivalentTo(Names(TaskServiceConformance.Checks)));
    }

    [TestCaseSource(nameof(Runtimes))]
    public async Task BrokenRuntime_IsFound((string Check, string Defect, Action<BrokenRuntime, InMemoryHost> Break) broken)
    {
        using TempDirectory directory = new();
        InMemoryHost host = new();
        await FindsAsync(RuntimeConformance.Checks, broken.Check, Broken(host, broken.Break, directory));
        host.EndAll();
    }

    [TestCaseSource(nameof(Checkpoints))]
    public async Task BrokenCheckpoint_IsFoundByItsCheckAlone((string Check, string Defect, Action<BrokenRuntime, InMemoryHost> Break) broken)
    {
        using TempDirectory directory = new();
        InMemoryHost host = new();
        await FindsAloneAsync(CheckpointConformance.Checks, broken.Check, () => Broken(host, broken.Break, directory));
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

    [TestCaseSource(nameof(Sandboxes))]
    public async Task BrokenSandbox_IsFoundByItsCheckAlone((string Check, string Defect, Action<BrokenSandbox, InMemoryHost> Break) broken)
    {
        InMemoryHost host = new();
        await FindsAloneAsync(SandboxConformance.Checks, broken.Check, () => new SandboxSubject
        {
            MakeServiceAsync = _ =>
            {
                BrokenSandbox sandbox = new(host);
                broken.Break(sandbox, host);
                return Task.FromResult<ISandboxService>(sandbox);
            },
            Kill = pid => host.Processes.Single(process => process.Pid == pid).Kill(9),
            Patience = _patience,
        });
        host.EndAll();
    }

    private static RuntimeSubject Broken(InMemoryHost host, Action<BrokenRuntime, InMemoryHost> breakIt, TempDirectory directory)
    {
        BrokenRuntime runtime = new(host);
        breakIt(runtime, host);
        RuntimeSubject subject = RuntimeSubject.OnRootfs(runtime, host.Monitor, "rootfs", directory.Path);
        return new RuntimeSubject { Runtime = runtime, Monitor = subject.Monitor, MakeContainer = subject.MakeContainer, Patience = _patience };
    }

    private static TestCaseData Case(object broken, string check, string defect) => new TestCaseData(broken).SetArgDisplayNames($"{check}: {defect}");

    private static IEnumerable<string> Names<T>(IReadOnlyList<ConformanceCheck<T>> checks)
        where T : ConformanceSubject => checks.Select(static check => check.Name);

    /// <summary>The check finds the defect, and the others pass: a report of ten failures would not tell what to mend.</summary>
    private static async Task FindsAloneAsync<T>(IReadOnlyList<ConformanceCheck<T>> checks, string name, Func<T> makeSubject)
        where T : ConformanceSubject
    {
        await FindsAsync(checks, name, makeSubject());
        foreach (ConformanceCheck<T> other in checks.Where(check => check.Name != name))
        {
            Assert.That((await other.RunAsync(makeSubject())).WhyNotApplicable, Is.Empty);
        }
    }

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
