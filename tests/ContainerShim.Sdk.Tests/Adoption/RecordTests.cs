using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Tests.Adoption;

internal sealed class RecordTests
{
    private static readonly ProcessRecord Record = new()
    {
        Id = "c",
        Phase = RecordPhase.Running,
        Pid = 12,
        StartTime = 34,
        Boot = "b",
        Bundle = "/b",
        HasMounts = true,
        OomKills = 3,
        Cgroup = "9:pids:/k8s.io/c\n2:cpu:/k8s.io/c\n",
        Stdio = new StdioPaths { Stdin = "/i", Stdout = "file:///o", Stderr = "/e", Terminal = true },
    };

    private static readonly ProcessExit Exit = new(12, 137, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)) { OomKilled = true };

    private readonly string _directory = Directory.CreateTempSubdirectory("records-").FullName;

    [OneTimeTearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void File_WrittenAndRead_IsTheSameRecord()
    {
        Assert.That(RecordFile.TryParse(RecordFile.Format(Record)), Is.EqualTo(Record));
        ProcessRecord ended = Record with { Exit = Exit, ExitDelivered = true };
        Assert.That(RecordFile.TryParse(RecordFile.Format(ended)), Is.EqualTo(ended));
    }

    [TestCase("")]
    [TestCase(null)]
    public void File_WithoutACgroup_TellsNoneFromNotKnown(string? cgroup)
    {
        ProcessRecord record = Record with { Cgroup = cgroup };
        Assert.That(RecordFile.TryParse(RecordFile.Format(record)), Is.EqualTo(record));
    }

    [Test]
    public void File_OfAVersionThatKeptNoCgroup_IsReadWithoutIt()
    {
        const string Old = """
            {"id":"c","phase":2,"pid":12,"start_time":34,"boot":"b","stdin":"/i","stdout":"file:///o","stderr":"/e","terminal":true,"bundle":"/b",
            "has_mounts":true,"oom_kills":3}
            """;
        Assert.That(RecordFile.TryParse(System.Text.Encoding.UTF8.GetBytes(Old)), Is.EqualTo(Record with { Cgroup = null }));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{\"id\":7}")]
    [TestCase("{\"pid\":1}")]
    [TestCase("{\"id\":\"c\",\"phase\":9}")]
    public void File_OfSomethingElse_IsNoRecord(string text) =>
        Assert.That(RecordFile.TryParse(System.Text.Encoding.UTF8.GetBytes(text)), Is.Null);

    [Test]
    public void Delivery_OfARecordedExit_IsNotedForThatProcessAlone()
    {
        EngineRecords records = new(Path.Join(_directory, "delivery"));
        records.Begin(Record);
        records.Write("c", "/b", Record with { Exit = Exit });
        records.Write("c", "/b", Record with { Id = "e", Exit = Exit });
        records.NoteDelivered("c", "e", Exit);
        records.NoteDelivered("c", "gone", Exit);
        records.NoteDelivered("c", "c", Exit with { ExitedAt = Exit.ExitedAt.AddTicks(-1) });
        records.NoteDelivered("c", "c", Exit with { Pid = Exit.Pid + 1 });
        ContainerRecords read = records.ReadAll().Single();
        Assert.That((read.Init.ExitDelivered, read.Execs.Single().ExitDelivered), Is.EqualTo((false, true)));
        records.RemoveExec("c", "/b", "e");
        Assert.That(records.ReadAll().Single().Execs, Is.Empty);
        records.Remove("c", "/b");
        Assert.That(records.ReadAll(), Is.Empty);
    }

    [Test]
    public void Begin_OfAnIdThatAnEarlierEngineHas_SaysHowToGetIt()
    {
        new EngineRecords(Path.Join(_directory, "begin")).Begin(Record);
        ShimException exception = Assert.Throws<ShimException>(() => new EngineRecords(Path.Join(_directory, "begin")).Begin(Record))!;
        Assert.That((exception.Code, exception.Message), Is.EqualTo((ShimErrorCode.AlreadyExists, "container c of an earlier engine, to be taken over by AdoptAsync: already exists")));
    }

    [Test]
    public void Begin_InTheBundleOfAnother_IsRefusedAsLongAsThatIsThere()
    {
        string bundle = Directory.CreateDirectory(Path.Join(_directory, "bundle")).FullName;
        string link = Path.Join(_directory, "link");
        File.CreateSymbolicLink(link, _directory);
        string root = Path.Join(_directory, "claims");
        EngineRecords records = new(root);
        records.Begin(Record with { Bundle = bundle });
        Refuses(records, "d", bundle);
        Refuses(records, "d", bundle + "/");
        Refuses(records, "d", Path.Join(link, "bundle"));
        Assert.That(() => records.Begin(Record with { Id = "other", Bundle = bundle + "2" }), Throws.Nothing);
        Refuses(new EngineRecords(root), "d", bundle);

        records.Remove("c", bundle);
        Assert.That(() => records.Begin(Record with { Id = "d", Bundle = bundle }), Throws.Nothing);

        static void Refuses(EngineRecords records, string id, string bundle)
        {
            ShimException exception = Assert.Throws<ShimException>(() => records.Begin(Record with { Id = id, Bundle = bundle }))!;
            Assert.That((exception.Code, exception.Message), Is.EqualTo((ShimErrorCode.FailedPrecondition, $"bundle {bundle} is in use by container c: failed precondition")));
        }
    }

    /// <summary>One of six at once has it, whichever that is.</summary>
    [Test]
    public void Begin_OfSeveralAtOnceInOneBundle_IsForOneAlone()
    {
        EngineRecords records = new(Path.Join(_directory, "race"));
        int begun = 0;
        Parallel.For(0, 6, index =>
        {
            try
            {
                records.Begin(Record with { Id = $"c{index}" });
                Interlocked.Increment(ref begun);
            }
            catch (ShimException exception) when (exception.Code == ShimErrorCode.FailedPrecondition)
            {
                // Another has it.
            }
        });
        Assert.That((begun, records.ReadAll().Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Begin_ThatCannotBeWritten_LeavesTheBundleToOthers()
    {
        string root = Path.Join(_directory, "unwritable");
        EngineRecords records = new(root);
        Directory.CreateDirectory(root);
        File.WriteAllText(Path.Join(root, "c"), "in the way of a directory");
        Assert.That(() => records.Begin(Record), Throws.TypeOf<ShimException>());
        Assert.That(() => records.Begin(Record with { Id = "d" }), Throws.Nothing);
    }
}
