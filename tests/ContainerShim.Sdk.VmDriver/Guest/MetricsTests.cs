using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Cgroups.V2;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>What Stats tells against the kernel's files. The container is frozen meanwhile, so that both show the same moment.</summary>
public sealed class MetricsTests : GuestFixture
{
    private const long Limit = 64 * 1024 * 1024;
    private const int Read = 64 * 1024;
    private const int Shared = 100 * 4096;

    private static readonly string[] Files =
    [
        "memory.stat", "memory.events", "memory.current", "memory.max", "memory.peak", "memory.swap.current", "memory.swap.max", "pids.current",
        "cpu.stat", "io.stat", "cpu.pressure", "memory.pressure", "io.pressure",
    ];

    private GuestTask _task = null!;

    /// <summary>On the disk; the site's directory is in memory.</summary>
    private string OnDisk => $"/var/tmp/{Site.Namespace}";

    [SetUp]
    public async Task FreezeSomethingThatUsedEverything()
    {
        await File.WriteAllBytesAsync(OnDisk, new byte[Read]);
        _task = await RunAsync(new BundleOptions
        {
            MemoryLimit = Limit,
            Args =
            [
                "sh", "-c",
                """
                dd if=/tmp/disk of=/dev/null bs=4096 iflag=direct
                dd if=/dev/zero of=/tmp/shared bs=4096 count=100
                touch /tmp/done
                sleep 1000 & sleep 1000
                """,
            ],
            Files = new Dictionary<string, string> { ["disk"] = OnDisk },
        });
        await Eventually.ShowsAsync(() => File.Exists($"/proc/{_task.Task.Pid}/root/tmp/done"), done => done, "everything is used");
        await _task.WaitForAsync("pids.current", "2");
        await _task.Task.PauseAsync();
        await _task.WaitForAsync("cgroup.events", "frozen 1");
    }

    [TearDown]
    public void RemoveFile() => File.Delete(OnDisk);

    [Test]
    public async Task Stats_OfAFrozenContainer_AreThoseOfTheFiles()
    {
        // The kernel brings some files up to date only every two seconds (FLUSH_TIME in mm/memcontrol.c), and frees some memory later still.
        (Metrics metrics, CgroupFiles files, _) = await Eventually.BecomesAsync(
            async () =>
            {
                CgroupFiles before = new(_task, Files);
                Metrics told = await _task.StatsAsync();
                return (told, before, before.IsSameAs(new CgroupFiles(_task, Files)));
            },
            seen => seen.Item3,
            "the files stay as they are");

        Assert.Multiple(() =>
        {
            CheckMemory(metrics.Memory, files);
            AssertSame(metrics.MemoryEvents, files.Table("memory.events"), atLeast: 5);
            AssertSame(metrics.Cpu, files.Table("cpu.stat"), atLeast: 6);
            Assert.That(metrics.Cpu.UsageUsec, Is.GreaterThan(0));
            Assert.That(metrics.Pids.Current, Is.EqualTo(files.Number("pids.current")).And.EqualTo(2));
            Assert.That(metrics.Pids.Limit, Is.EqualTo(ulong.MaxValue));
            CheckDevices(metrics.Io, files["io.stat"]);
            CheckPressure(metrics.Cpu.Psi, files["cpu.pressure"]);
            CheckPressure(metrics.Memory.Psi, files["memory.pressure"]);
            CheckPressure(metrics.Io.Psi, files["io.pressure"]);
        });
        await EndAsync(_task);
    }

    [Test]
    public async Task Stats_OfADeletedContainer_AreNotFound()
    {
        await _task.Task.KillAndDeleteAsync();

        RpcException? failure = await Assert.CatchAsync<RpcException>(_task.StatsAsync);

        Assert.That(failure?.StatusCode, Is.EqualTo(StatusCode.NotFound));
    }

    private static void CheckMemory(MemoryStat memory, CgroupFiles files)
    {
        AssertSame(memory, files.Table("memory.stat"), atLeast: 20);
        Assert.That(memory.Shmem, Is.GreaterThanOrEqualTo(Shared));
        Assert.That(memory.Usage, Is.EqualTo(files.Number("memory.current")));
        Assert.That(memory.UsageLimit, Is.EqualTo(files.Number("memory.max")).And.EqualTo((ulong)Limit));

        // Since Linux 5.19.
        Assert.That(memory.MaxUsage, Is.EqualTo(files.Number("memory.peak")).And.GreaterThanOrEqualTo(memory.Usage));
        Assert.That(memory.SwapUsage, Is.EqualTo(files.Number("memory.swap.current")));
        Assert.That(memory.SwapLimit, Is.EqualTo(files.Number("memory.swap.max")));
    }

    private static void CheckDevices(IOStat io, string text)
    {
        string[] lines =
            [.. io.Usage.Select(entry => $"{entry.Major}:{entry.Minor} rbytes={entry.Rbytes} wbytes={entry.Wbytes} rios={entry.Rios} wios={entry.Wios}")];
        Assert.That(lines, Is.EqualTo(text.Split('\n').Select(line => line.Split(" dbytes=")[0])));
        Assert.That(io.Usage.Sum(entry => (long)entry.Rbytes), Is.GreaterThanOrEqualTo(Read));
    }

    private static void CheckPressure(PSIStats pressure, string text)
    {
        Assert.That($"some total={pressure.Some.Total}\nfull total={pressure.Full.Total}", Is.EqualTo(text));
        Assert.That(pressure.Some.Avg10, Is.InRange(0, 100));
        Assert.That(pressure.Some.Avg300, Is.InRange(0, 100));
    }

    /// <summary>Each field whose name is a key of the file.</summary>
    private static void AssertSame(IMessage message, Dictionary<string, ulong> table, int atLeast)
    {
        FieldDescriptor[] fields = [.. message.Descriptor.Fields.InFieldNumberOrder().Where(field => table.ContainsKey(field.Name))];
        Assert.That(fields, Has.Length.AtLeast(atLeast));
        foreach (FieldDescriptor field in fields)
        {
            Assert.That(field.Accessor.GetValue(message), Is.EqualTo(table[field.Name]), field.Name);
        }
    }
}
