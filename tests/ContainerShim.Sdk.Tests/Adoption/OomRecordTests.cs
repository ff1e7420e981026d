using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Adoption;

/// <summary>The count of OOM kills that a later engine goes on from, and a disk that does not answer.</summary>
internal sealed class OomRecordTests
{
    [Test]
    public async Task OomKill_WhileTheDiskDoesNotAnswer_HoldsUpNobodyAndIsRecorded()
    {
        EngineHarness engine = new();
        using SlowRecords records = new();
        ShimTaskService service = new(engine.Services with { Records = records });
        service.CreateAsync(Requests.Create("c")).Now();
        service.StartAsync(new StartRequest("c")).Now();
        records.Disk.Reset();

        Task told = Task.Run(() => engine.Cgroups.OomKill("c", tell: true));
        await told.WaitAsync(OsFixture.Bound);
        Assert.That(records.Last!.OomKills, Is.Zero);
        records.Disk.Set();

        await OsFixture.UntilAsync(() => records.Last!.OomKills == 1);
    }

    [Test]
    public async Task Exit_RightAfterAnOomKill_IsRecordedWithIt()
    {
        EngineHarness engine = new();
        using SlowRecords records = new();
        ShimTaskService service = new(engine.Services with { Records = records });
        service.CreateAsync(Requests.Create("c")).Now();
        service.StartAsync(new StartRequest("c")).Now();

        engine.Cgroups.OomKill("c", tell: true);
        engine.Kernel.Exit(1001, 137);

        await OsFixture.UntilAsync(() => records.Last!.Exit is not null);
        Assert.That(records.Last!.OomKills, Is.EqualTo(1));
    }

    private sealed class SlowRecords : IProcessRecords, IDisposable
    {
        public ManualResetEventSlim Disk { get; } = new(initialState: true);

        public ProcessRecord? Last { get; private set; }

        public void Begin(ProcessRecord container) => Last = container;

        public void Write(string containerId, string bundle, ProcessRecord record)
        {
            Disk.Wait();
            Last = record;
        }

        public void NoteDelivered(string containerId, string processId, ProcessExit exit)
        {
        }

        public void RemoveExec(string containerId, string bundle, string execId)
        {
        }

        public void Remove(string containerId, string bundle)
        {
        }

        public IReadOnlyList<ContainerRecords> ReadAll() => [];

        public void Dispose() => Disk.Dispose();
    }
}
