using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tests.Runc;

internal sealed class RuncFailureTests
{
    private RuncFixture _fixture = null!;

    [SetUp]
    public void SetUp() => _fixture = new RuncFixture();

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public async Task Create_WithAnErrorInTheLog_TellsIt()
    {
        FailsWithLog("{\"level\":\"error\",\"msg\":\"runc create failed: bad\\n\",\"time\":\"x\"}\n");
        Assert.That((await CreateAsync()).Message, Is.EqualTo("OCI runtime create failed: runc create failed: bad"));
    }

    [TestCase("runc create failed: container with given ID already exists")]
    [TestCase("container `c1` already exists")]
    public async Task Create_OfAnIdInUse_AlreadyExistsInTheRuntimesWords(string text)
    {
        FailsWithLog($"{{\"level\":\"error\",\"msg\":\"{text}\",\"time\":\"x\"}}\n");
        ShimException error = await CreateAsync();
        Assert.That((error.Code, error.Message), Is.EqualTo((ShimErrorCode.AlreadyExists, "OCI runtime create failed: " + text)));
    }

    [Test]
    public async Task Restore_OfAnIdInUse_AlreadyExists()
    {
        FailsWithLog("{\"level\":\"error\",\"msg\":\"container with given ID already exists\",\"time\":\"x\"}\n");
        RuntimeRestore restore = new() { ImagePath = _fixture.MakeImage(), Stdio = RuntimeStdio.None };
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.RestoreAsync(_fixture.Container, restore));
        Assert.That(
            (error.Code, error.Reason, error.Message),
            Is.EqualTo((ShimErrorCode.AlreadyExists, ShimErrorReason.IdInUse, "OCI runtime restore failed: container with given ID already exists")));
    }

    [Test]
    public async Task Create_WithAnErrorOfAnEarlierCall_DoesNotTellThat()
    {
        File.WriteAllText(_fixture.LogPath, "{\"level\":\"error\",\"msg\":\"old\"}\n");
        FailsWithLog("");
        Assert.That((await CreateAsync()).Message, Is.EqualTo("OCI runtime create failed: runc did not terminate successfully: exit status 3"));
    }

    [Test]
    public async Task Create_WithoutALog_SaysWhatItKnows()
    {
        _fixture.Spawner.Play = static _ => 3;
        ShimException error = await CreateAsync();
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.Unknown));
        Assert.That(error.Message, Is.EqualTo(
            $"OCI runtime create failed: unable to retrieve OCI runtime error (open {_fixture.LogPath}: no such file or directory): runc did not terminate successfully: exit status 3"));
    }

    [Test]
    public async Task Create_WithABrokenTail_SaysSo()
    {
        FailsWithLog("{\"level\":\"error\",\"msg\":\"x\"}\n{\"level\":\"err");
        Assert.That((await CreateAsync()).Message, Is.EqualTo(
            "OCI runtime create failed: unable to retrieve OCI runtime error (unexpected EOF): runc did not terminate successfully: exit status 3"));
    }

    [Test]
    public async Task Create_WithoutAPidFile_Fails()
    {
        File.WriteAllText(Path.Join(_fixture.Bundle, "init.pid"), "99");
        Assert.That((await CreateAsync()).Message, Is.EqualTo($"failed to retrieve OCI runtime container pid: open {_fixture.Bundle}/init.pid: no such file or directory"));
    }

    [Test]
    public async Task Create_OfABinaryNotInPath_SpeaksLikeGo()
    {
        ShimException error = await CreateAsync(new RuntimeOptions { BinaryName = "no-such-runc" });
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.Unknown));
        Assert.That(error.Message, Does.EndWith("): exec: \"no-such-runc\": executable file not found in $PATH"));
        Assert.That(error.Reason, Is.EqualTo(ShimErrorReason.RuntimeUnavailable));
    }

    [Test]
    public async Task Create_OfAnAbsoluteBinaryThatIsMissing_SpeaksLikeGo()
    {
        _fixture.Spawner.Play = static request => throw new LinuxException(Errno.ENOENT, "fork/exec " + request.FileName).ToShimException();
        Assert.That((await CreateAsync(new RuntimeOptions { BinaryName = "/nope/runc" })).Message, Does.EndWith("): fork/exec /nope/runc: no such file or directory"));
    }

    [TestCase("runc create failed: unable to start container process: exec: \\\"nope\\\": executable file not found in $PATH", ShimErrorReason.ProgramNotFound)]
    [TestCase("exec failed: unable to start container process: exec: \\\"/nope\\\": stat /nope: no such file or directory", ShimErrorReason.ProgramNotFound)]
    [TestCase("executable file `nope` not found in $PATH: No such file or directory", ShimErrorReason.ProgramNotFound)]
    [TestCase("unable to start container process: exec: \\\"/etc/passwd\\\": permission denied", ShimErrorReason.ProgramNotExecutable)]
    [TestCase("unable to start container process: exec: \\\"/etc\\\": is a directory", ShimErrorReason.ProgramNotExecutable)]
    [TestCase("executable file `/etc/nope/x` not found: No such file or directory", ShimErrorReason.ProgramNotFound)]
    [TestCase("open executable: Permission denied", ShimErrorReason.ProgramNotExecutable)]
    [TestCase("open executable: Operation not permitted", ShimErrorReason.ProgramNotExecutable)]
    [TestCase("the path `/etc/passwd` exists but it is not executable: Operation not permitted", ShimErrorReason.ProgramNotExecutable)]
    [TestCase("the path `/etc` is not a regular file: Operation not permitted", ShimErrorReason.ProgramNotExecutable)]
    [TestCase("error mounting \\\"/nope\\\" to rootfs: no such file or directory", ShimErrorReason.RuntimeFailed)]
    [TestCase("error running hook #0: fork/exec /hook: permission denied", ShimErrorReason.RuntimeFailed)]
    public async Task Create_ThatFails_TellsWhetherItIsAboutTheProgram(string message, ShimErrorReason reason)
    {
        FailsWithLog($"{{\"level\":\"error\",\"msg\":\"{message}\\n\",\"time\":\"x\"}}\n");
        ShimException error = await CreateAsync();
        Assert.That((error.Code, error.Reason), Is.EqualTo((ShimErrorCode.Unknown, reason)), error.Message);
    }

    [TestCase("write /run/runc/x/state.json: no space left on device")]
    [TestCase("unable to start container process: unable to start init: fork/exec /proc/self/exe: resource temporarily unavailable")]
    [TestCase("pipe2: too many open files")]
    [TestCase("fork/exec /proc/self/exe: cannot allocate memory")]
    [TestCase("mkdir `/run/crun/x`: No space left on device")]
    public async Task Create_ByARuntimeThatRunsOutOfSomething_IsResourceExhaustedInItsWords(string message)
    {
        FailsWithLog($"{{\"level\":\"error\",\"msg\":\"{message}\\n\",\"time\":\"x\"}}\n");
        ShimException error = await CreateAsync();
        Assert.That((error.Code, error.Reason), Is.EqualTo((ShimErrorCode.ResourceExhausted, ShimErrorReason.RuntimeFailed)));
        Assert.That(error.Message, Is.EqualTo("OCI runtime create failed: " + message));
    }

    [Test]
    public async Task Create_OfARelativeBinary_IsRefused() =>
        Assert.That((await CreateAsync(new RuntimeOptions { BinaryName = "bin/runc" })).Code, Is.EqualTo(ShimErrorCode.InvalidArgument));

    [Test]
    public async Task Create_WithNoProcessesLeft_KeepsTheCode()
    {
        _fixture.Spawner.Play = static _ => throw new LinuxException(Errno.EAGAIN, "fork").ToShimException();
        Assert.That((await CreateAsync()).Code, Is.EqualTo(ShimErrorCode.ResourceExhausted));
    }

    [Test]
    public async Task StrictCheck_OfABinaryOthersCanWrite_Refuses()
    {
        using RuncFixture strict = new(new RuncRuntimeOptions { RequireTrustedBinary = true });
        await strict.Runtime.StartAsync(strict.Container);
        File.SetUnixFileMode(strict.RuncPath, (UnixFileMode)0x1FF);
        ShimException error = await Failure.OfAsync(() => strict.Runtime.StartAsync(strict.Container));
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.PermissionDenied));
    }

    [Test]
    public async Task Start_ThatPrints_TellsTheOutputWhenTheLogIsSilent()
    {
        FailsWithLog("", "oops\n");
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.StartAsync(_fixture.Container));
        Assert.That(error.Message, Is.EqualTo("OCI runtime start failed: runc did not terminate successfully: exit status 3: oops\n"));
    }

    [Test]
    public async Task Start_ThatPrintsALot_TellsTheFirst64KiB()
    {
        FailsWithLog("", new string('x', 1024 * 1024));
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.StartAsync(_fixture.Container));
        Assert.That(error.Message.Count(static c => c == 'x'), Is.InRange(64 * 1024, 64 * 1024 + 100));
    }

    [TestCase("container does not exist\n")]
    [TestCase("container `c1` does not exist\n")]
    [TestCase("error opening file `/run/crun/c1/status`: No such file or directory\n")]
    [TestCase("cannot open directory '/run/crun/c1': No such file or directory\n")]
    [TestCase("cannot open directory `/run/crun/c1`: No such file or directory\n")]
    public async Task Delete_OfNoContainer_IsNotFound(string output)
    {
        FailsWithLog("{\"level\":\"error\",\"msg\":\"x\"}\n", output);
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.DeleteAsync(_fixture.Container, force: false));
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.NotFound));
    }

    [Test]
    public async Task Delete_ThatFails_TellsTheLog()
    {
        FailsWithLog("{\"level\":\"error\",\"msg\":\"cannot delete container c1 that is not stopped: running\"}\n", "x");
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.DeleteAsync(_fixture.Container, force: false));
        Assert.That(error.Message, Is.EqualTo("failed to delete task: cannot delete container c1 that is not stopped: running"));
    }

    [TestCase("os: process already finished", "process already finished: not found")]
    [TestCase("container not running\n", "process already finished: not found")]
    [TestCase("unable to signal init: no such process", "process already finished: not found")]
    [TestCase("kill container: No such process", "process already finished: not found")]
    [TestCase("open pidfd: No such process", "process already finished: not found")]
    [TestCase("c1 could not be killed because it was Stopped", "process already finished: not found")]
    [TestCase("container does not exist", "no such container: not found")]
    [TestCase("container `c1` does not exist", "no such container: not found")]
    [TestCase("unable to signal init: invalid argument\n",
        "unknown error after kill: runc did not terminate successfully: exit status 3: unable to signal init: invalid argument\n")]
    public async Task Kill_ThatFails_IsClassified(string output, string expected)
    {
        FailsWithLog("", output);
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.KillAsync(_fixture.Container, 9, all: false));
        Assert.That(error.Message, Is.EqualTo(expected));
        Assert.That(error.Code, Is.EqualTo(expected.EndsWith(": not found", StringComparison.Ordinal) ? ShimErrorCode.NotFound : ShimErrorCode.Unknown));
    }

    [Test]
    public async Task Checkpoint_ThatFails_KeepsCriusLog()
    {
        _fixture.Spawner.Play = request =>
        {
            File.WriteAllText(Path.Join(request.Arguments[request.Arguments.IndexOf("--work-path") + 1], "dump.log"), "criu says");
            FakeSpawner.Print(request.Stderr, "criu failed: type NOTIFY errno 0\nlog file: x\n");
            return 1;
        };
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.CheckpointAsync(_fixture.Container, new RuntimeCheckpoint { ImagePath = "/i" }));
        Assert.That(error.Message, Is.EqualTo(
            $"runc did not terminate successfully: exit status 1: criu failed: type NOTIFY errno 0 path= {_fixture.Bundle}/criu-dump.log"));
        Assert.That(File.ReadAllText(_fixture.Bundle + "/criu-dump.log"), Is.EqualTo("criu says"));
    }

    [Test]
    public async Task Checkpoint_ThatFailsInCrun_TellsWhatFailedLast()
    {
        FailsWithLog(
            "{\"level\":\"error\",\"msg\":\"--- end of excerpt\"}\n{\"level\":\"error\",\"msg\":\"CRIU checkpointing failed: -52: Invalid exchange\"}\n",
            "--- excerpt from CRIU log `/w/dump.log`\n(00.1) Error (criu/x.c:1): rlimit\n--- end of excerpt\nCRIU checkpointing failed: -52: Invalid exchange\n");
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.CheckpointAsync(_fixture.Container, new RuntimeCheckpoint { ImagePath = "/i" }));
        Assert.That(error.Message, Is.EqualTo(
            $"runc did not terminate successfully: exit status 3: CRIU checkpointing failed: -52: Invalid exchange path= {_fixture.Bundle}/criu-dump.log"));
    }

    [TestCase("container does not exist", "no such container: not found", ShimErrorCode.NotFound)]
    [TestCase(
        "Container cannot be checkpointed in stopped state",
        "runc did not terminate successfully: exit status 3: Container cannot be checkpointed in stopped state: failed precondition",
        ShimErrorCode.FailedPrecondition)]
    [TestCase(
        "the container `c1` is not running",
        "runc did not terminate successfully: exit status 3: the container `c1` is not running: failed precondition",
        ShimErrorCode.FailedPrecondition)]
    public async Task Checkpoint_OfNothing_IsClassified(string output, string expected, ShimErrorCode code)
    {
        FailsWithLog("", output);
        ShimException error = await Failure.OfAsync(() => _fixture.Runtime.CheckpointAsync(_fixture.Container, new RuntimeCheckpoint { ImagePath = "/i" }));
        Assert.That((error.Code, error.Message), Is.EqualTo((code, expected)));
    }

    [Test]
    public async Task Restore_WithoutAnImage_IsRefusedBeforeTheRuntimeIsRun([Values("missing", "empty")] string kind)
    {
        string image = Path.Join(_fixture.Bundle, kind);
        if (kind == "empty")
        {
            Directory.CreateDirectory(image);
        }

        // Relative to the bundle, in which the runtime runs.
        ShimException error = await Failure.OfAsync(
            () => _fixture.Runtime.RestoreAsync(_fixture.Container, new RuntimeRestore { ImagePath = kind, Stdio = RuntimeStdio.None }));
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(error.Message, Does.Contain($"there is no checkpoint in {image}"));
        Assert.That(_fixture.Spawner.Requests, Is.Empty);
        Assert.That(Directory.Exists(image), Is.EqualTo(kind == "empty"));
    }

    private void FailsWithLog(string log, string output = "") => _fixture.Spawner.Play = request =>
    {
        File.AppendAllText(_fixture.LogPath, log);
        if (output.Length > 0)
        {
            FakeSpawner.Print(request.Stderr, output);
        }

        return 3;
    };

    private Task<ShimException> CreateAsync(RuntimeOptions? options = null) => Failure.OfAsync(
        () => _fixture.Runtime.CreateAsync(_fixture.Container with { Options = options ?? new RuntimeOptions() }, RuntimeStdio.None));
}
