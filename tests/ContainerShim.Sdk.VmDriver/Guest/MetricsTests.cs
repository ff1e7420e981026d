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
        string[] files = ["memory.stat", "memory.current", "cpu.stat", "io.stat", "cpu.pressure", "memory.pressure", "io.pressure"];

        // The kernel brings memory.stat up to date at most every two seconds (FLUSH_TIME in mm/memcontrol.c).
        (Metrics metrics, _) = await Eventually.BecomesAsync(
            async () =>
            {
                string before = string.Concat(files.Select(Stable));
                return (await _task.StatsAsync(), before == string.Concat(files.Select(Stable)));
            },
            pair => pair.Item2,
            "the files stay as they are");

        Assert.Multiple(() =>
        {
            CheckMemory(metrics.Memory);
            AssertSame(metrics.MemoryEvents, _task.ReadTable("memory.events"), atLeast: 5);
            AssertSame(metrics.Cpu, _task.ReadTable("cpu.stat"), atLeast: 6);
            Assert.That(metrics.Cpu.UsageUsec, Is.GreaterThan(0));
            Assert.That(metrics.Pids.Current, Is.EqualTo(_task.ReadNumber("pids.current")).And.EqualTo(2));
            Assert.That(metrics.Pids.Limit, Is.EqualTo(ulong.MaxValue));
            CheckDevices(metrics.Io);
            CheckPressure(metrics.Cpu.Psi, "cpu.pressure");
            CheckPressure(metrics.Memory.Psi, "memory.pressure");
            CheckPressure(metrics.Io.Psi, "io.pressure");
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

    private void CheckMemory(MemoryStat memory)
    {
        AssertSame(memory, _task.ReadTable("memory.stat"), atLeast: 20);
        Assert.That(memory.Shmem, Is.GreaterThanOrEqualTo(Shared));
        Assert.That(memory.Usage, Is.EqualTo(_task.ReadNumber("memory.current")));
        Assert.That(memory.UsageLimit, Is.EqualTo(_task.ReadNumber("memory.max")).And.EqualTo((ulong)Limit));

        // Since Linux 5.19.
        Assert.That(memory.MaxUsage, Is.EqualTo(_task.ReadNumber("memory.peak")).And.GreaterThanOrEqualTo(memory.Usage));
        Assert.That(memory.SwapUsage, Is.EqualTo(_task.ReadNumber("memory.swap.current")));
        Assert.That(memory.SwapLimit, Is.EqualTo(_task.ReadNumber("memory.swap.max")));
    }

    private void CheckDevices(IOStat io)
    {
        string[] lines =
            [.. io.Usage.Select(entry => $"{entry.Major}:{entry.Minor} rbytes={entry.Rbytes} wbytes={entry.Wbytes} rios={entry.Rios} wios={entry.Wios}")];
        Assert.That(lines, Is.EqualTo(_task.Read("io.stat").Split('\n').Select(line => line.Split(" dbytes=")[0])));
        Assert.That(io.Usage.Sum(entry => (long)entry.Rbytes), Is.GreaterThanOrEqualTo(Read));
    }

    private void CheckPressure(PSIStats pressure, string file)
    {
        Assert.That($"some total={pressure.Some.Total}\nfull total={pressure.Full.Total}", Is.EqualTo(Stable(file)), file);
        Assert.That(pressure.Some.Avg10, Is.InRange(0, 100), file);
        Assert.That(pressure.Some.Avg300, Is.InRange(0, 100), file);
    }

    /// <summary>Without the averages of pressure, which go down by themselves.</summary>
    private string Stable(string file)
    {
        string text = _task.Read(file);
        return file.EndsWith(".pressure", StringComparison.Ordinal)
            ? string.Join('\n', text.Split('\n').Select(line => line[..4] + line[line.LastIndexOf(' ')..]))
            : text;
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
