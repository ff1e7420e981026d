using System.Diagnostics;
using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Task;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Tests.Cgroups;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Ttrpc;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class DeleteCommandTests
{
    private ShimFixture _shim = null!;

    [SetUp]
    public void MakeFixture()
    {
        _shim = new ShimFixture();
        _shim.MakeBundle("c1");
        UseRuntime("c1", $"echo \"$@\" >> {_shim.Directory["calls"]}");
    }

    [TearDown]
    public void DisposeFixture() => _shim.Dispose();

    [Test]
    public async Task Delete_NothingKnown_ReportsKilledNowWithoutAPid()
    {
        DateTimeOffset before = DateTimeOffset.UtcNow;
        ShimRun run = await _shim.DeleteAsync("c1");

        DeleteResponse response = Answer(run);
        Assert.That((response.Pid, response.ExitStatus), Is.EqualTo((0u, 137u)));
        Assert.That(WireTime.FromWire(response.ExitedAt), Is.InRange(before, DateTimeOffset.UtcNow));
        Assert.That(
            File.ReadAllText(_shim.Directory["calls"]).Trim(),
            Is.EqualTo($"--root /run/containerd/runc/{ShimFixture.Namespace} --log {_shim.BundleOf("c1")}/log.json --log-format json delete --force c1"));
    }

    [Test]
    public async Task Delete_PidAndExitOnDisk_AreReported()
    {
        _shim.Directory.Write("b/c1/init.pid", "4711\n");
        Assert.That(Answer(await _shim.DeleteAsync("c1")).Pid, Is.EqualTo(4711));

        DateTimeOffset at = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        new BundleStore().RecordExit(_shim.BundleOf("c1"), new ProcessExit(4712, 3, at));
        Assert.That(
            Answer(await _shim.DeleteAsync("c1")),
            Is.EqualTo(new DeleteResponse { Pid = 4712, ExitStatus = 3, ExitedAt = WireTime.ToWire(at) }));
    }

    [Test]
    public async Task Delete_Twice_IsTheSame()
    {
        DeleteResponse first = Answer(await _shim.DeleteAsync("c1"));
        DeleteResponse second = Answer(await _shim.DeleteAsync("c1"));
        Assert.That((second.Pid, second.ExitStatus), Is.EqualTo((first.Pid, first.ExitStatus)));
    }

    [Test]
    public async Task Delete_FromANeighboursBundle_ConcernsTheIdAlone()
    {
        _shim.MakeBundle("c2");
        ShimRun run = await _shim.RunAsync(_shim.BundleOf("c2"), _shim.Arguments("c1", "delete"));
        Answer(run);
        Assert.That(File.ReadAllText(_shim.Directory["calls"]), Does.Contain(_shim.BundleOf("c1") + "/log.json"));
    }

    [Test]
    public async Task Delete_BundleNamedThroughALink_IsTheSameBundle()
    {
        Directory.CreateSymbolicLink(_shim.Directory["link"], _shim.Directory["b"]);
        string named = _shim.Directory["link/c1"];
        Answer(await _shim.RunAsync(named, _shim.Arguments("c1", "-bundle", named + "/", "delete")));
        Assert.That(File.ReadAllText(_shim.Directory["calls"]), Does.Contain($"--log {named}/log.json"), "as the runtime calls of the shim had it");
    }

    [Test]
    public async Task Delete_BundleElsewhere_IsRefusedAndUntouched()
    {
        string elsewhere = _shim.Directory.Make("elsewhere/c1");
        foreach (string bundle in (string[])[elsewhere, _shim.Directory["elsewhere"], _shim.BundleOf("c2"), _shim.BundleOf("c1") + "/..", "/", "c1"])
        {
            ShimRun run = await _shim.RunAsync(_shim.BundleOf("c1"), _shim.Arguments("c1", "-bundle", bundle, "delete"));
            Assert.That((run.ExitCode, run.Text), Is.EqualTo((1, "")), bundle);
            Assert.That(run.Error, Is.Not.Empty, bundle);
        }

        Assert.That(File.Exists(_shim.Directory["calls"]), Is.False, "no runtime was called");
    }

    [Test]
    public async Task Delete_AtTheRoot_IsRefused()
    {
        ShimRun run = await _shim.RunAsync("/", _shim.Arguments("c1", "delete"));
        Assert.That((run.ExitCode, run.Text), Is.EqualTo((1, "")));
        Assert.That(run.Error, Does.Contain("invalid argument").And.Not.Contain(" at "));
    }

    [TestCase("..")]
    [TestCase("../c1")]
    [TestCase("-force")]
    [TestCase("")]
    [TestCase("c1/")]
    public async Task Delete_BadId_IsRefused(string id)
    {
        ShimRun run = await _shim.RunAsync(_shim.BundleOf("c1"), _shim.Arguments(id, "delete"));
        Assert.That((run.ExitCode, run.Text), Is.EqualTo((1, "")));
        Assert.That(run.Error, Does.Contain("identifier"));
    }

    [Test]
    public async Task Delete_DeadShimsSocket_IsRemoved()
    {
        (TtrpcChannel channel, int pid) = await StartAsync("c1");
        ShimFixture.Signal(pid, 9);
        await ShimFixture.EndedAsync(pid);
        await channel.DisposeAsync();
        Assert.That(Libc.KindOf(_shim.SocketOf("c1")), Is.EqualTo(FileKind.Socket));

        Answer(await _shim.DeleteAsync("c1"));
        Assert.That(Libc.KindOf(_shim.SocketOf("c1")), Is.EqualTo(FileKind.None));
    }

    [Test]
    public async Task Delete_GroupThatIsServed_KeepsItsShimAndSocket()
    {
        (TtrpcChannel channel, int pid) = await StartAsync("c1");
        await channel.DisposeAsync();
        Answer(await _shim.DeleteAsync("c1"));

        (channel, int same) = await _shim.ConnectAsync(_shim.SocketOf("c1"));
        await channel.DisposeAsync();
        Assert.That(same, Is.EqualTo(pid));
    }

    [Test]
    public async Task Delete_StrayRuntimeCall_IsEnded()
    {
        using Process stray = Stray(_shim.BundleOf("c1"));
        using Process other = Stray(_shim.BundleOf("c2"));
        try
        {
            await OsFixture.UntilAsync(() => StrayRuntimeCalls.Find(_shim.BundleOf("c1")).Count == 1);
            Answer(await _shim.DeleteAsync("c1"));
            await stray.WaitForExitAsync().WaitAsync(OsFixture.Bound);
            Assert.That(stray.ExitCode, Is.EqualTo(137));
            Assert.That(other.HasExited, Is.False, "a call for another bundle");
        }
        finally
        {
            stray.Kill();
            other.Kill();
        }
    }

    [Test]
    public async Task Delete_RuntimeFails_IsAWarningBesideTheAnswer()
    {
        UseRuntime("c1", "echo broken; exit 1");
        ShimRun run = await _shim.DeleteAsync("c1");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(DeleteResponse.Parser.ParseFrom(run.Output).ExitStatus, Is.EqualTo(137));
        Assert.That(run.Error, Does.StartWith("failed to remove runc container: ").And.Contain("broken"));
    }

    [Test]
    public async Task Delete_RuntimeHangs_IsAWarningWithinContainerdsPatience()
    {
        UseRuntime("c1", "exec sleep 60");
        Stopwatch watch = Stopwatch.StartNew();
        ShimRun run = await _shim.DeleteAsync("c1");
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "failed to remove runc container: it takes too long\n")));
        Assert.That(DeleteResponse.Parser.ParseFrom(run.Output).ExitStatus, Is.EqualTo(137));
    }

    [TestCase("exit 0", TestName = "Delete_RuntimeKnowsNoContainer_EndsTheRecordedProcesses")]
    [TestCase("exec sleep 60", TestName = "Delete_RuntimeHangs_EndsTheRecordedProcesses")]
    public async Task Delete_RuntimeDoesNotKill_EndsTheRecordedProcesses(string script)
    {
        UseRuntime("c1", script);
        using Process init = Sleeper();
        using Process exec = Sleeper();
        using Process other = Sleeper();
        try
        {
            Record("container", "c1", init.Id);
            Record("exec-e1", "e1", exec.Id);
            Record("exec-e2", "e2", other.Id, static record => record with { StartTime = record.StartTime - 1 });
            Stopwatch watch = Stopwatch.StartNew();

            ShimRun run = await _shim.DeleteAsync("c1");

            Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
            Assert.That(run.ExitCode, Is.Zero);
            Assert.That(DeleteResponse.Parser.ParseFrom(run.Output).ExitStatus, Is.EqualTo(137));
            Assert.That(Task.WaitAll([init.WaitForExitAsync(), exec.WaitForExitAsync()], OsFixture.Bound));
            Assert.That((init.ExitCode, exec.ExitCode), Is.EqualTo((137, 137)));
            Assert.That(other.HasExited, Is.False, "it has the pid of an exec that is gone");
        }
        finally
        {
            init.Kill();
            exec.Kill();
            other.Kill();
        }
    }

    [Test]
    public async Task Delete_NoRuntimeAndNoRecord_EndsWhatTheCgroupOfTheContainerHolds()
    {
        using RealCgroup cgroup = RealCgroup.V1();
        string id = Path.GetFileName(cgroup.DirectoryOf("freezer"));
        _shim.MakeBundle(id);
        _shim.Directory.Write($"b/{id}/runtime", "/nonexistent/runc");
        using IProcessWatch init = await cgroup.StartAsync("exec sleep 60");
        using IProcessWatch daemon = await cgroup.StartAsync("exec sleep 60");
        _shim.Directory.Write($"b/{id}/init.pid", $"{init.Pid}");

        ShimRun run = await _shim.DeleteAsync(id);

        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Error, Does.StartWith("failed to remove runc container: "));
        Assert.That((await init.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        Assert.That((await daemon.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137), "in no pid namespace of its own");
    }

    [Test]
    public async Task Delete_ProcessOutlivesItsKill_FailsInTimeWithoutAnAnswer()
    {
        UseRuntime("c1", "exec sleep 60");
        using RealCgroup cgroup = RealCgroup.V1();
        using IProcessWatch init = await cgroup.StartAsync("exec sleep 60", below: "/c1");
        Record("container", "c1", init.Pid);
        // What the cgroup above has frozen cannot be thawed below, and does not die of SIGKILL.
        cgroup.Write("freezer", "freezer.state", "FROZEN");
        Stopwatch watch = Stopwatch.StartNew();

        ShimRun run = await _shim.DeleteAsync("c1");

        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(5)));
        Assert.That((run.ExitCode, run.Text), Is.EqualTo((1, "")));
        Assert.That(run.Error, Does.Contain($"container c1 is not deleted: SIGKILL does not end process {init.Pid}"));
        Assert.That(init.Exited.IsCompleted, Is.False);
        cgroup.Write("freezer", "freezer.state", "THAWED");
        Assert.That((await init.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137), "the kill was pending");
    }

    [Test]
    public async Task Delete_MountedRootfs_IsUnmounted()
    {
        string rootfs = _shim.Directory.Make("b/c1/rootfs");
        Libc.Mount("tmpfs", rootfs, "tmpfs", 0, "size=64k");
        try
        {
            Answer(await _shim.DeleteAsync("c1"));
            Assert.That(MountTable.Below(rootfs), Is.Empty);
        }
        finally
        {
            _ = Libc.Unmount(rootfs);
        }
    }

    [Test]
    public async Task Delete_FullFileSystem_WorksWithinTwoSeconds()
    {
        string mount = _shim.Directory.Make("full");
        Libc.Mount("tmpfs", mount, "tmpfs", 0, "size=64k,mode=700");
        try
        {
            string bundle = _shim.Directory.Make("full/c1");
            _shim.Directory.Write("full/c1/runtime", _shim.Directory["runtime-c1"]);
            _shim.Directory.Write("full/c1/init.pid", "4711");
            Fill(_shim.Directory["full/filler"]);

            Stopwatch watch = Stopwatch.StartNew();
            DeleteResponse response = Answer(await _shim.RunAsync(bundle, _shim.Arguments("c1", "-bundle", bundle, "delete")));
            Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)));
            Assert.That((response.Pid, response.ExitStatus), Is.EqualTo((4711u, 137u)));
            Assert.That(File.ReadAllText(_shim.Directory["calls"]), Does.Contain(bundle));
        }
        finally
        {
            _ = Libc.Unmount(mount);
        }
    }

    private static DeleteResponse Answer(ShimRun run)
    {
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return DeleteResponse.Parser.ParseFrom(run.Output);
    }

    private static Process Stray(string bundle) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "read x", "--log", bundle + "/log.json", "create"])
    {
        RedirectStandardInput = true,
    })!;

    private static Process Sleeper() => Process.Start("/bin/sleep", "60");

    private void Record(string file, string id, int pid, Func<ProcessRecord, ProcessRecord>? change = null)
    {
        ProcessRecord record = ProcessIdentity.Mark(new ProcessRecord { Id = id, Phase = RecordPhase.Running, Bundle = _shim.BundleOf("c1") }, pid);
        File.WriteAllBytes(_shim.Directory[$"b/c1/{file}.json"], RecordFile.Format(change?.Invoke(record) ?? record));
    }

    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        Assert.Throws<IOException>(() =>
        {
            while (true)
            {
                file.WriteByte(0);
            }
        });
    }

    private async Task<(TtrpcChannel Channel, int Pid)> StartAsync(string id)
    {
        ShimRun run = await _shim.StartAsync(id);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return await _shim.ConnectAsync(_shim.SocketOf(id));
    }

    private void UseRuntime(string id, string script) =>
        _shim.Directory.Write($"b/{id}/runtime", _shim.Directory.Script("runtime-" + id, script));
}
