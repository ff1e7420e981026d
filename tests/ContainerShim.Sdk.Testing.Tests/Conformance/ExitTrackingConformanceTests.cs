using ContainerShim.Sdk.Testing.Conformance;
using ContainerShim.Sdk.Testing.Events;

namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>
/// The monitor and the runtime of a host in each way of learning of exits: the reaper's process has other children than this one, and with
/// KernelInfo the runtime's process stays beside each exec. Needs root, runc and criu, and Linux 6.15 for KernelInfo, whose containers are the
/// children of the machine's init: where that takes its time to collect them every check does, so it has fewer.
/// </summary>
[Parallelizable(ParallelScope.Children)]
[TestFixture(ExitTracking.KernelInfo)]
internal class ExitTrackingConformanceTests(ExitTracking tracking)
{
    private readonly TempDirectory _directory = new();
    private readonly RecordingPublisher _publisher = new();
    private ContainerShimEngine? _engine;
    private LinuxHost _host = null!;

    [OneTimeSetUp]
    public void Start()
    {
        Criu.AddToPath();
        try
        {
            _engine = ContainerShimEngine.Create(new ContainerShimOptions
            {
                Namespace = "conformance",
                StateDirectory = _directory.Path,
                ExitTracking = tracking,
                Publisher = _publisher,
                RuntimeFactory = host => (_host = host).Runtime,
                Stdio = { Schemes = { "file" } },
            });
        }
        catch (ShimException e) when (tracking == ExitTracking.KernelInfo && e.Reason == ShimErrorReason.ExitsCannotBeTracked)
        {
            Assert.Ignore(e.Message);
        }
    }

    [OneTimeTearDown]
    public async Task RemoveAll()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        _directory.Dispose();
        Cgroups.RemoveParents();
    }

    [TestCaseSource(typeof(MonitorConformance), nameof(MonitorConformance.Checks))]
    public Task Monitor_KeepsItsContract(ConformanceCheck<MonitorSubject> check) =>
        check.RunAsync(MonitorSubject.OnChildren(_host.Monitor, _host.Spawner)).AppliesAsync();

    [TestCaseSource(typeof(RuntimeConformance), nameof(RuntimeConformance.Checks))]
    public Task Runtime_KeepsItsContract(ConformanceCheck<RuntimeSubject> check) => check.RunAsync(Runtime()).AppliesAsync();

    protected TaskServiceSubject TaskService() => TaskServiceSubject.OnRootfs(_engine!.Tasks, TestRootfs.Path, _directory.Path, _publisher);

    protected RuntimeSubject Runtime() => RuntimeSubject.OnRootfs(_host.Runtime, _host.Monitor, TestRootfs.Path, _directory.Path);
}
