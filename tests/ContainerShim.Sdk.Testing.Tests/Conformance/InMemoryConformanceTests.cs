using ContainerShim.Sdk.Sandboxes;
using ContainerShim.Sdk.Testing.Conformance;
using ContainerShim.Sdk.Testing.Events;
using ContainerShim.Sdk.Testing.InMemory;
using ContainerShim.Sdk.Testing.Shims;

namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>What the package offers in memory keeps the contracts itself; a test that runs on it would prove nothing otherwise.</summary>
internal sealed class InMemoryConformanceTests
{
    private readonly TempDirectory _directory = new();
    private readonly InMemoryHost _host = new();
    private InMemoryShim _shim = null!;

    [OneTimeSetUp]
    public void StartShim() => _shim = InMemoryShim.Start();

    [OneTimeTearDown]
    public async Task RemoveAll()
    {
        await _shim.DisposeAsync();
        _directory.Dispose();
    }

    [TestCaseSource(typeof(RuntimeConformance), nameof(RuntimeConformance.Checks))]
    public Task InMemoryRuntime_KeepsItsContract(ConformanceCheck<RuntimeSubject> check) => check.RunAsync(Runtime()).AppliesAsync();

    [TestCaseSource(typeof(CheckpointConformance), nameof(CheckpointConformance.Checks))]
    public Task InMemoryRuntime_KeepsItsContractOfCheckpoints(ConformanceCheck<RuntimeSubject> check) => check.RunAsync(Runtime()).AppliesAsync();

    [TestCaseSource(typeof(CheckpointConformance), nameof(CheckpointConformance.Checks))]
    public async Task RuntimeThatCannotCheckpoint_IsNotTried(ConformanceCheck<RuntimeSubject> check)
    {
        InMemoryHost host = new() { Runtime = { CanCheckpoint = false } };

        ConformanceOutcome outcome = await check.RunAsync(RuntimeSubject.OnRootfs(host.Runtime, host.Monitor, "rootfs", _directory.Path));

        Assert.That(outcome.WhyNotApplicable, Is.EqualTo("the runtime cannot checkpoint"));
    }

    [TestCaseSource(typeof(MonitorConformance), nameof(MonitorConformance.Checks))]
    public Task InMemoryMonitor_KeepsItsContract(ConformanceCheck<MonitorSubject> check) => check.RunAsync(new MonitorSubject
    {
        Monitor = _host.Monitor,
        StartProcess = workload => _host.Run(ProcessScript.Interpret(new ProcessStart("none", "", workload.Command))).Pid,
    }).AppliesAsync();

    [TestCaseSource(typeof(CgroupConformance), nameof(CgroupConformance.Checks))]
    public Task InMemoryCgroups_KeepTheirContract(ConformanceCheck<CgroupSubject> check) =>
        check.RunAsync(new CgroupSubject { Loader = _host.Cgroups, Containers = Runtime() }).AppliesAsync();

    [TestCaseSource(typeof(PublisherConformance), nameof(PublisherConformance.Checks))]
    public Task RecordingPublisher_KeepsItsContract(ConformanceCheck<PublisherSubject> check)
    {
        RecordingPublisher publisher = new();
        int next = 0;
        return check.RunAsync(new PublisherSubject
        {
            MakePublisher = () => publisher,
            ReceiveAsync = _ => ValueTask.FromResult(publisher.Envelopes[next++]),
            GoAwayAsync = () => Task.FromResult(publisher.IsAway = true),
            ComeBackAsync = () => Task.FromResult(publisher.IsAway = false),
        }).AppliesAsync();
    }

    [TestCaseSource(typeof(TaskServiceConformance), nameof(TaskServiceConformance.Checks))]
    public Task InMemoryShim_InProcess_KeepsItsContract(ConformanceCheck<TaskServiceSubject> check) =>
        check.RunAsync(TaskServiceSubject.OnRootfs(_shim.Engine.Tasks, "rootfs", _directory.Path, _shim.Publisher)).AppliesAsync();

    [TestCaseSource(typeof(TaskServiceConformance), nameof(TaskServiceConformance.Checks))]
    public Task InMemoryShim_ThroughItsSocket_KeepsItsContract(ConformanceCheck<TaskServiceSubject> check) =>
        check.RunAsync(TaskServiceSubject.OnRootfs(_shim.Client, "rootfs", _directory.Path, _shim.Publisher)).AppliesAsync();

    [TestCaseSource(typeof(SandboxConformance), nameof(SandboxConformance.Checks))]
    public Task InMemorySandbox_KeepsItsContract(ConformanceCheck<SandboxSubject> check) => check.RunAsync(new SandboxSubject
    {
        MakeServiceAsync = _ => Task.FromResult<ISandboxService>(new InMemorySandbox(_host)),
        Kill = pid => _host.Processes.Single(process => process.Pid == pid).Kill(9),
    }).AppliesAsync();

    [Test]
    public async Task Check_ThatCannotBeTried_SaysSo()
    {
        ConformanceCheck<PublisherSubject> check = PublisherConformance.Checks.Single(static check => check.Name == "Publish_ReceiverAway_FailsUntilItIsBack");

        ConformanceOutcome outcome = await check.RunAsync(
            new PublisherSubject { MakePublisher = static () => new RecordingPublisher(), ReceiveAsync = static _ => throw new InvalidOperationException() });

        Assert.That(outcome.IsApplicable, Is.False);
        Assert.That(outcome.WhyNotApplicable, Does.Contain("GoAwayAsync"));
    }

    private RuntimeSubject Runtime() => RuntimeSubject.OnRootfs(_host.Runtime, _host.Monitor, "rootfs", _directory.Path);
}
