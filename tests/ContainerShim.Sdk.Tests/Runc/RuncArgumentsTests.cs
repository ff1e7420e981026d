using System.Text;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Tests.Runc;

internal sealed class RuncArgumentsTests
{
    private RuncFixture _fixture = null!;

    [SetUp]
    public void SetUp() => _fixture = new RuncFixture();

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public async Task Create_Plain_PassesBundleAndPidFile()
    {
        WritesPid("init.pid", "77");
        int pid = await _fixture.Runtime.CreateAsync(_fixture.Container, RuntimeStdio.None);
        Assert.That(pid, Is.EqualTo(77));
        Assert.That(_fixture.Line, Is.EqualTo($"{_fixture.Globals}create --bundle {_fixture.Bundle} --pid-file {_fixture.Bundle}/init.pid c1"));
        Assert.That(_fixture.Spawner.Last.FileName, Is.EqualTo(_fixture.RuncPath));
        Assert.That(_fixture.Spawner.Last.WorkingDirectory, Is.EqualTo(_fixture.Bundle));
    }

    [Test]
    public async Task Create_WithEverything_KeepsTheOrder()
    {
        WritesPid("init.pid", "77");
        RuntimeOptions options = new() { NoPivotRoot = true, NoNewKeyring = true, SystemdCgroup = true, Root = "/r" };
        await _fixture.Runtime.CreateAsync(_fixture.Container with { Options = options }, new RuntimeStdio { ConsoleSocket = "/s" });
        Assert.That(_fixture.Line, Is.EqualTo(
            $"runc --root /r/ns1 --log {_fixture.LogPath} --log-format json --systemd-cgroup create --bundle {_fixture.Bundle} "
            + $"--pid-file {_fixture.Bundle}/init.pid --console-socket /s --no-pivot --no-new-keyring c1"));
    }

    [Test]
    public async Task Create_WithStreams_PassesExactlyThem()
    {
        WritesPid("init.pid", "77");
        using SafeFileHandle file = File.OpenHandle("/dev/null");
        await _fixture.Runtime.CreateAsync(_fixture.Container, new RuntimeStdio { Stdout = file });
        Assert.That(_fixture.Spawner.Last.Stdout, Is.SameAs(file));
        Assert.That(_fixture.Spawner.Last.Stdin, Is.Null);
        Assert.That(_fixture.Spawner.Last.Stderr, Is.Null);
    }

    [Test]
    public async Task Exec_PassesTheSpecByteForByteAndRemovesIt()
    {
        byte[] spec = Encoding.UTF8.GetBytes("{ \"args\" : [\"\\u00e4\"],\"unknown\":1}\n");
        string file = "";
        byte[] seen = [];
        UnixFileMode mode = default;
        _fixture.Spawner.Play = request =>
        {
            file = request.Arguments[request.Arguments.IndexOf("--process") + 1];
            seen = File.ReadAllBytes(file);
            mode = File.GetUnixFileMode(file);
            File.WriteAllText(Path.Join(_fixture.Bundle, "e1.pid"), "78");
            return 0;
        };
        int pid = await _fixture.Runtime.ExecAsync(_fixture.Container, new RuntimeExec { ExecId = "e1", ProcessSpec = spec, Stdio = new RuntimeStdio { ConsoleSocket = "/s" } });
        Assert.That(pid, Is.EqualTo(78));
        Assert.That(seen, Is.EqualTo(spec));
        Assert.That(mode, Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(file, Does.StartWith(_fixture.Temporary + "/runc-process"));
        Assert.That(Directory.GetFiles(_fixture.Temporary), Is.Empty);
        Assert.That(_fixture.Line, Is.EqualTo($"{_fixture.GlobalsWithLog("e1.log.json")}exec --process {file} --console-socket /s --detach --pid-file {_fixture.Bundle}/e1.pid c1"));
    }

    [Test]
    public async Task Start_PassesTheId()
    {
        await _fixture.Runtime.StartAsync(_fixture.Container);
        Assert.That(_fixture.Line, Is.EqualTo(_fixture.Globals + "start c1"));
    }

    [TestCase(15, false, "kill c1 15")]
    [TestCase(9, true, "kill --all c1 9")]
    public async Task Kill_PassesTheSignalLast(int signal, bool all, string expected)
    {
        await _fixture.Runtime.KillAsync(_fixture.Container, signal, all);
        Assert.That(_fixture.Line, Is.EqualTo(_fixture.Globals + expected));
    }

    [TestCase(false, "delete c1")]
    [TestCase(true, "delete --force c1")]
    public async Task Delete_PassesForce(bool force, string expected)
    {
        await _fixture.Runtime.DeleteAsync(_fixture.Container, force);
        Assert.That(_fixture.Line, Is.EqualTo(_fixture.Globals + expected));
    }

    [Test]
    public async Task PauseAndResume_PassTheId()
    {
        await _fixture.Runtime.PauseAsync(_fixture.Container);
        Assert.That(_fixture.Line, Is.EqualTo(_fixture.Globals + "pause c1"));
        await _fixture.Runtime.ResumeAsync(_fixture.Container);
        Assert.That(_fixture.Line, Is.EqualTo(_fixture.Globals + "resume c1"));
    }

    [Test]
    public async Task Update_GivesTheResourcesOnStdin()
    {
        byte[] seen = new byte[100];
        _fixture.Spawner.Play = request =>
        {
            seen = seen[..RandomAccess.Read((SafeFileHandle)request.Stdin!, seen, 0)];
            return 0;
        };
        await _fixture.Runtime.UpdateAsync(_fixture.Container, "{ \"pids\":{}}"u8.ToArray());
        Assert.That(Encoding.UTF8.GetString(seen), Is.EqualTo("{ \"pids\":{}}"));
        Assert.That(_fixture.Line, Is.EqualTo(_fixture.Globals + "update --resources=- c1"));
    }

    [TestCase("[1,2,30]")]
    [TestCase("[\n  1,\n  2,\n  30\n]\n")]
    public async Task Pids_ReadsBothLayouts(string answer)
    {
        _fixture.Spawner.Play = Prints(answer);
        IReadOnlyList<int> pids = await _fixture.Runtime.PidsAsync(_fixture.Container);
        Assert.That(pids, Is.EqualTo(new[] { 1, 2, 30 }));
        Assert.That(_fixture.Line, Is.EqualTo(_fixture.Globals + "ps --format json c1"));
    }

    [Test]
    public async Task Pids_OfNoProcess_IsEmpty()
    {
        _fixture.Spawner.Play = Prints("null");
        Assert.That(await _fixture.Runtime.PidsAsync(_fixture.Container), Is.Empty);
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("[1,\"2\"]")]
    [TestCase("[1,")]
    public async Task Pids_OfGarbage_Fails(string answer)
    {
        _fixture.Spawner.Play = Prints(answer);
        await Assert.ThatAsync(() => _fixture.Runtime.PidsAsync(_fixture.Container), Throws.TypeOf<ShimException>());
    }

    [Test]
    public async Task State_ReadsStatusAndPid()
    {
        _fixture.Spawner.Play = Prints("{\"ociVersion\":\"1\",\"pid\":5,\"annotations\":{\"pid\":\"9\",\"status\":\"x\"},\"status\":\"running\"}");
        Assert.That(await _fixture.Runtime.StateAsync(_fixture.Container), Is.EqualTo(new RuntimeState("running", 5)));
        Assert.That(_fixture.Line, Is.EqualTo(_fixture.Globals + "state c1"));
    }

    [Test]
    public async Task Describe_WithoutFeatures_TellsTheVersion()
    {
        _fixture.Spawner.Play = request =>
        {
            FakeSpawner.Print(request.Stdout, request.Arguments[1] == "--version" ? "runc version 1.1.5\ncommit: x\n" : "unknown command");
            return request.Arguments[1] == "--version" ? 0 : 1;
        };
        RuntimeDescription description = await _fixture.Runtime.DescribeAsync(new RuntimeOptions());
        Assert.That(description.Version, Is.EqualTo("runc version 1.1.5"));
        Assert.That(description.Features.IsEmpty);
    }

    [Test]
    public async Task Checkpoint_WithEverything_KeepsTheOrder()
    {
        RuntimeCheckpoint checkpoint = new()
        {
            ImagePath = "/i", WorkPath = _fixture.Directory["w"], ParentPath = "../p", OpenTcp = true, ExternalUnixSockets = true, Terminal = true,
            FileLocks = true, EmptyNamespaces = ["network", "ipc"], CgroupsMode = "soft", Exit = false,
        };
        await _fixture.Runtime.CheckpointAsync(_fixture.Container, checkpoint);
        Assert.That(_fixture.Line, Is.EqualTo(
            $"{_fixture.Globals}checkpoint --image-path /i --work-path {checkpoint.WorkPath} --parent-path ../p --tcp-established --ext-unix-sk --shell-job "
            + "--file-locks --manage-cgroups-mode soft --empty-ns network --empty-ns ipc --leave-running c1"));
        Assert.That(Directory.Exists(checkpoint.WorkPath));
    }

    [Test]
    public async Task Checkpoint_ThatExits_UsesAndRemovesAWorkDirectoryInTheBundle()
    {
        await _fixture.Runtime.CheckpointAsync(_fixture.Container, new RuntimeCheckpoint { ImagePath = "/i", Exit = true });
        Assert.That(_fixture.Line, Is.EqualTo($"{_fixture.Globals}checkpoint --image-path /i --work-path {_fixture.Bundle}/work/criu-work c1"));
        Assert.That(Directory.Exists($"{_fixture.Bundle}/work/criu-work"), Is.False);
    }

    [TestCase("runc version 1.1.5\n", "--empty-ns network ")]
    [TestCase("crun version 1.28\n", "")]
    public async Task Checkpoint_LeavesOutWhatCrunDoesNotKnow(string version, string expected)
    {
        Func<SpawnRequest, int?> print = Prints(version);
        _fixture.Spawner.Play = request => request.Arguments.Contains("--version") ? print(request) : 0;
        await _fixture.Runtime.CheckpointAsync(_fixture.Container, new RuntimeCheckpoint { ImagePath = "/i", EmptyNamespaces = ["network"], Exit = true });
        Assert.That(_fixture.Line, Is.EqualTo($"{_fixture.Globals}checkpoint --image-path /i --work-path {_fixture.Bundle}/work/criu-work {expected}c1"));
    }

    [TestCase("runc version 1.1.5\n", "--no-pivot --no-subreaper ")]
    [TestCase("crun version 1.8.1\n", "")]
    public async Task Restore_LeavesOutWhatCrunDoesNotKnow(string version, string expected)
    {
        Func<SpawnRequest, int?> print = Prints(version);
        _fixture.Spawner.Play = request =>
        {
            File.WriteAllText(Path.Join(_fixture.Bundle, "init.pid"), "77");
            return request.Arguments.Contains("--version") ? print(request) : 0;
        };
        string image = _fixture.MakeImage();
        RuntimeRestore restore = new() { ImagePath = image, ParentPath = "/p", Stdio = RuntimeStdio.None };
        int pid = await _fixture.Runtime.RestoreAsync(_fixture.Container with { Options = new() { NoPivotRoot = true } }, restore);
        await _fixture.Runtime.RestoreAsync(_fixture.Container, restore);
        Assert.That(pid, Is.EqualTo(77));
        Assert.That(_fixture.Spawner.Requests.Count(request => request.Arguments.Contains("--version")), Is.EqualTo(1), "asked once");
        Assert.That(string.Join(' ', _fixture.Spawner.Requests[1].Arguments), Is.EqualTo(
            $"{_fixture.Globals}restore --image-path {image} --work-path {_fixture.Bundle}/work --detach --pid-file {_fixture.Bundle}/init.pid "
            + $"{expected}--bundle {_fixture.Bundle} c1"));
    }

    [Test]
    public async Task Call_Environment_IsAnAllowList()
    {
        await _fixture.Runtime.StartAsync(_fixture.Container);
        Assert.That(_fixture.Spawner.Last.Environment, Is.EqualTo(new[]
        {
            "PATH=" + _fixture.Variables["PATH"], "LANG=C", "XDG_RUNTIME_DIR=" + _fixture.Temporary,
        }));
    }

    [TestCase("-x")]
    [TestCase("../x")]
    [TestCase("")]
    public async Task Call_WithABadId_StartsNothing(string id)
    {
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.StartAsync(_fixture.Container with { Id = id }));
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(_fixture.Spawner.Requests, Is.Empty);
    }

    private void WritesPid(string name, string pid) => _fixture.Spawner.Play = _ =>
    {
        File.WriteAllText(Path.Join(_fixture.Bundle, name), pid);
        return 0;
    };

    private static Func<SpawnRequest, int?> Prints(string text) => request =>
    {
        FakeSpawner.Print(request.Stdout, text);
        FakeSpawner.Print(request.Stderr, "warning: aside\n");
        return 0;
    };
}
