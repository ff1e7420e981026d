using System.Text;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Runc;

/// <summary>Needs root, runc, a newer one as <c>runc-sid</c>, which names the stage of its failures, and a static busybox.</summary>
[TestFixture("runc", "")]
[TestFixture("runc-sid", "error during container init: ")]
internal sealed class RealRuncTests(string binary, string stage)
{
    private TempDirectory _directory = null!;
    private OsFixture _os = null!;
    private RuncRuntime _runtime = null!;
    private RuntimeContainer _container = null!;

    [SetUp]
    public void SetUp()
    {
        _directory = new TempDirectory();
        _os = new OsFixture();
        _runtime = new RuncRuntime(new RuncRuntimeOptions(), _os.Spawner, TimeProvider.System);
        _container = new RuntimeContainer
        {
            Id = "runc-test-" + Path.GetFileName(_directory.Path).Replace("shim-test-", "", StringComparison.Ordinal),
            Bundle = _directory.Path, ContainerdNamespace = "test", Options = new() { BinaryName = binary, Root = _directory["state"] },
        };
        _directory.Make("rootfs/bin");
        File.Copy("/bin/busybox", _directory["rootfs/bin/busybox"]);
        File.CreateSymbolicLink(_directory["rootfs/bin/sh"], "busybox");
        WriteConfig("\"sh\",\"-c\",\"while :; do /bin/busybox sleep 1; done\"");
    }

    [TearDown]
    public async Task TearDown()
    {
        try
        {
            await _runtime.DeleteAsync(_container, force: true);
        }
        catch (ShimException exception) when (exception.Code == ShimErrorCode.NotFound)
        {
        }

        _os.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task Lifecycle_FromCreateToDelete_Works()
    {
        int pid = await _runtime.CreateAsync(_container, RuntimeStdio.None);
        Assert.That((await _runtime.StateAsync(_container)).Status, Is.EqualTo("created"));
        await _runtime.StartAsync(_container);
        Assert.That(await _runtime.StateAsync(_container), Is.EqualTo(new RuntimeState("running", pid)));
        int exec = await _runtime.ExecAsync(_container, Exec("e1", "\"sh\",\"-c\",\"while :; do :; done\""));
        Assert.That(await _runtime.PidsAsync(_container), Does.Contain(pid).And.Contain(exec));
        await _runtime.UpdateAsync(_container, "{\"pids\":{\"limit\":50}}"u8.ToArray());
        await _runtime.PauseAsync(_container);
        Assert.That((await _runtime.StateAsync(_container)).Status, Is.EqualTo("paused"));
        await _runtime.ResumeAsync(_container);
        await _runtime.KillAsync(_container, 9, all: false);
        await OsFixture.UntilAsync(() => OsFixture.StateOf(pid) is null or 'Z');
        ShimException finished = await Failure.OfAsync(() => _runtime.KillAsync(_container, 9, all: false));
        Assert.That(finished.Message, Is.EqualTo("process already finished: not found"));
        await _runtime.DeleteAsync(_container, force: false);
        ShimException gone = await Failure.OfAsync(() => _runtime.DeleteAsync(_container, force: false));
        Assert.That(gone.Code, Is.EqualTo(ShimErrorCode.NotFound));
        await Assert.ThatAsync(() => _runtime.StateAsync(_container), Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.NotFound));
    }

    [Test]
    public async Task Create_OfAMissingBinary_TellsRuncsWords()
    {
        WriteConfig("\"nope\"");
        ShimException error = await Failure.OfAsync(() => _runtime.CreateAsync(_container, RuntimeStdio.None));
        Assert.That(error.Message, Is.EqualTo(
            $"OCI runtime create failed: runc create failed: unable to start container process: {stage}exec: \"nope\": executable file not found in $PATH"));
        Assert.That(error.Reason, Is.EqualTo(ShimErrorReason.ProgramNotFound));
    }

    [TestCase("/nope", ShimErrorReason.ProgramNotFound)]
    [TestCase("/bin", ShimErrorReason.ProgramNotExecutable)]
    [TestCase("/text", ShimErrorReason.ProgramNotExecutable)]
    public async Task Program_ThatCannotBeRun_IsToldByItsReason(string program, ShimErrorReason expected)
    {
        _directory.Write("rootfs/text", "not a program");
        await _runtime.CreateAsync(_container, RuntimeStdio.None);
        await _runtime.StartAsync(_container);
        ShimException exec = await Failure.OfAsync(() => _runtime.ExecAsync(_container, Exec("e1", $"\"{program}\"")));
        Assert.That(exec.Reason, Is.EqualTo(expected), exec.Message);
        await _runtime.DeleteAsync(_container, force: true);

        WriteConfig($"\"{program}\"");
        ShimException create = await Failure.OfAsync(() => _runtime.CreateAsync(_container, RuntimeStdio.None));
        Assert.That(create.Reason, Is.EqualTo(expected), create.Message);
    }

    [Test]
    public async Task Exec_OfAMissingBinary_TellsRuncsWordsEachTime()
    {
        await _runtime.CreateAsync(_container, RuntimeStdio.None);
        await _runtime.StartAsync(_container);
        foreach (string name in new[] { "nope", "nada" })
        {
            ShimException error = await Failure.OfAsync(() => _runtime.ExecAsync(_container, Exec("e1", $"\"{name}\"")));
            Assert.That(error.Message, Is.EqualTo(
                $"OCI runtime exec failed: exec failed: unable to start container process: exec: \"{name}\": executable file not found in $PATH"));
        }
    }

    [Test]
    public async Task Kill_WithABadSignal_TellsRuncsOutput()
    {
        await _runtime.CreateAsync(_container, RuntimeStdio.None);
        ShimException error = await Failure.OfAsync(() => _runtime.KillAsync(_container, 65, all: false));
        Assert.That(error.Message.TrimEnd(), Is.EqualTo(
            $"unknown error after kill: {binary} did not terminate successfully: exit status 1: unable to signal init: invalid argument"));
    }

    [Test]
    public async Task Describe_TellsVersionAndFeatures()
    {
        RuntimeDescription description = await _runtime.DescribeAsync(new RuntimeOptions { BinaryName = binary });
        Assert.That(description.Version, Does.StartWith("runc version 1."));
        Assert.That(Encoding.UTF8.GetString(description.Features.Span), Does.StartWith("{").And.Contain("ociVersionMin"));
    }

    [Test]
    public async Task Binary_ThatIsNoProgram_SpeaksLikeGo()
    {
        RuntimeContainer container = _container with { Options = new() { BinaryName = "/etc/passwd" } };
        await Assert.ThatAsync(() => _runtime.CreateAsync(container, RuntimeStdio.None),
            Throws.TypeOf<ShimException>().With.Message.EndsWith("): fork/exec /etc/passwd: permission denied"));
    }

    [Test]
    public async Task ManyCalls_LeaveNoDescriptorBehind()
    {
        RuntimeContainer container = _container with { Options = new() { BinaryName = _directory.Script("fake", "echo '[1]'") } };
        await _runtime.PidsAsync(container);
        int before = OsFixture.CountDescriptors();
        for (int i = 0; i < 100; i++)
        {
            await _runtime.PidsAsync(container);
            await _runtime.UpdateAsync(container, "{}"u8.ToArray());
            await Failure.OfAsync(() => _runtime.StartAsync(container with { Options = new() { BinaryName = "/bin/false" } }));
        }

        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
    }

    [Test]
    public async Task Exec_OnAFullDisk_IsResourceExhausted()
    {
        _directory.Make("full");
        Libc.Mount("tmpfs", _directory["full"], "tmpfs", 0, "size=4k");
        try
        {
            File.WriteAllBytes(_directory["full/x"], new byte[4096]);
            RuncRuntime runtime = new(new RuncRuntimeOptions(), _os.Spawner, TimeProvider.System,
                name => name == "TMPDIR" ? _directory["full"] : name == "XDG_RUNTIME_DIR" ? null : Environment.GetEnvironmentVariable(name));
            ShimException error = await Failure.OfAsync(() => runtime.ExecAsync(_container, Exec("e1", "\"sh\"")));
            Assert.That(error.Code, Is.EqualTo(ShimErrorCode.ResourceExhausted));
            Assert.That(Directory.GetFiles(_directory["full"]), Is.EqualTo(new[] { _directory["full/x"] }));
        }
        finally
        {
            Libc.Unmount(_directory["full"]);
        }
    }

    private static RuntimeExec Exec(string id, string arguments) => new()
    {
        ExecId = id, Stdio = RuntimeStdio.None,
        ProcessSpec = Encoding.UTF8.GetBytes($$"""{"cwd":"/","args":[{{arguments}}],"env":["PATH=/bin"],"user":{"uid":0,"gid":0} }"""),
    };

    private void WriteConfig(string arguments) => _directory.Write("config.json", $$"""
        {"ociVersion":"1.0.2","process":{"cwd":"/","args":[{{arguments}}],"env":["PATH=/bin"],"user":{"uid":0,"gid":0} },"root":{"path":"rootfs"},
        "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
        "linux":{"cgroupsPath":"/{{_container.Id}}","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"}] } }
        """);
}
