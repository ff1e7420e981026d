using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Samples;

/// <summary>The sample as its users run it: each command a process of its own.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class EmbeddedHostTests
{
    private const string Loop = "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.1; done";

    private ToolSite? _site;

    private ToolSite Site => _site!;

    [SetUp]
    public void SetUpSite() => _site = new ToolSite();

    [TearDown]
    public async Task TearDownSite() => await Site.DisposeAsync();

    [Test]
    public async Task Run_InTheForeground_PassesOnOutputErrorOutputAndExitCode()
    {
        CommandResult run = await Site.RunAsync(
            "run", "--rm", "--rootfs", TestPaths.Rootfs, "--hostname", "box", "-e", "A=b c", "--user", "7:8", "-w", "/tmp", "--tmpfs", "/tmp",
            "sh", "-c", "echo \"$(hostname) $A $(id -u):$(id -g) $PWD\"; echo oops >&2; exit 7");

        Assert.Multiple(() =>
        {
            Assert.That(run.Stdout, Is.EqualTo("box b c 7:8 /tmp\n"), run.ToString());
            Assert.That(run.Stderr, Is.EqualTo("oops\n"));
            Assert.That(run.ExitCode, Is.EqualTo(7));
        });
        Assert.That((await Site.RunAsync("ps", "-q")).Stdout, Is.Empty, "--rm");
        Assert.That(Census.CgroupsOf(Site.Namespace), Is.Empty);
    }

    [TestCase("--help")]
    [TestCase("run", "--help")]
    [TestCase("exec", "--help")]
    [TestCase("rm", "--help")]
    public async Task Help_OfACommand_SaysHowItIsUsed(params string[] arguments)
    {
        CommandResult help = (await Site.RunAsync(arguments)).EnsureSuccess();

        Assert.That(help.Stdout, Does.Contain("Usage:").And.Contain("--help"), help.ToString());
    }

    [Test]
    public async Task Run_WithLimitsAndVolumes_ShowsThemToTheContainer()
    {
        string file = Path.Combine(Site.Directory, "shown");
        await File.WriteAllTextAsync(file, "from outside\n");

        CommandResult run = await Site.RunAsync(
            "run", "--rm", "--rootfs", TestPaths.Rootfs, "-m", "64m", "-v", $"{file}:/shown:ro", "sh", "-c", "cat /shown; echo x > /shown");

        Assert.That(run.Stdout, Does.StartWith("from outside\n"), run.ToString());
        Assert.That(run.Stderr, Does.Contain("Read-only file system"));
        Assert.That(run.ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task Run_Detached_IsFoundAgainByEveryCommand()
    {
        await Site.StartAsync("c1", Loop, "--memory", "64m", "--pids", "20");

        CommandResult ps = await Eventually.BecomesAsync(
            () => Site.RunAsync("logs", "c1"), logs => logs.Stdout == "ready\n", "the first line in the log");
        ps = (await Site.RunAsync("ps")).EnsureSuccess();
        Assert.That(ps.Stdout, Does.Match(@"c1 +up .+ \d+ +.+ ago +sh -c"));
        CommandResult exec = await Site.RunAsync("exec", "-e", "X=y", "c1", "sh", "-c", "echo $X; cat; exit 3");
        Assert.That((exec.Stdout, exec.ExitCode), Is.EqualTo(("y\n", 3)), exec.ToString());
        CommandResult stats = (await Site.RunAsync("stats", "--no-stream")).EnsureSuccess();
        Assert.That(stats.Stdout, Does.Match(@"c1 +\d+\.\d % .*64\.0 MiB \(\d+\.\d %\).* of 20"));
        (await Site.RunAsync("stop", "c1")).EnsureSuccess();
        Assert.That((await Site.RunAsync("ps")).Stdout, Does.Contain("exited (5)"));
        Assert.That((await Site.RunAsync("logs", "-n", "1", "c1")).Stdout, Is.EqualTo("bye\n"));
        (await Site.RunAsync("rm", "c1")).EnsureSuccess();
        Assert.That((await Site.RunAsync("ps", "-q")).Stdout, Is.Empty);
        Assert.That(Census.CgroupsOf(Site.Namespace), Is.Empty);
    }

    [Test]
    public async Task Logs_Followed_EndWithTheContainer()
    {
        await Site.StartAsync("c1", Loop);
        Task<CommandResult> logs = Site.RunAsync("logs", "-f", "c1");

        (await Site.RunAsync("stop", "c1")).EnsureSuccess();

        Assert.That((await logs).Stdout, Is.EqualTo("ready\nbye\n"));
    }

    [Test]
    public async Task Exit_WhileNobodyLooks_IsExactAfterwards()
    {
        await Site.StartAsync("c1", "exit 42");

        await Eventually.BecomesAsync(() => Site.RunAsync("ps"), ps => ps.Stdout.Contains("exited (42)", StringComparison.Ordinal), "the exit code");
    }

    [Test]
    public async Task Kill_WithASignal_IsSeenInTheExitCode()
    {
        await Site.StartAsync("c1", "sleep 1000");

        (await Site.RunAsync("kill", "c1")).EnsureSuccess();

        await Eventually.BecomesAsync(() => Site.RunAsync("ps"), ps => ps.Stdout.Contains("exited (137)", StringComparison.Ordinal), "the exit code");
    }

    [Test]
    public async Task Remove_OfARunningContainer_NeedsForce()
    {
        await Site.StartAsync("c1", Loop);

        CommandResult refused = await Site.RunAsync("rm", "c1");

        Assert.That((refused.ExitCode, refused.Stderr), Is.EqualTo((1, "error: container 'c1' runs; stop it first with 'stop c1', or remove it all the same with 'rm -f'\n")));
        (await Site.RunAsync("rm", "-f", "c1")).EnsureSuccess();
        Assert.That(ProcFs.ProcessesOf(Site.Namespace), Is.Empty);
    }

    [Test]
    public async Task Terminal_OfRun_HasTheSizeOfOursAndIsPutBack()
    {
        CommandResult run = await Site.RunInTerminalAsync(101, 33, $"run -it --rm --rootfs {TestPaths.Rootfs} sh -c 'stty size; exit 9'");

        Assert.That(run.Stdout, Does.Contain("33 101\r\n").And.EndsWith("icanon\r\n").And.Not.Contains("-icanon"), run.ToString());
        Assert.That(run.ExitCode, Is.EqualTo(9));
    }

    [Test]
    public async Task Terminal_OfExec_HasTheSizeOfOurs()
    {
        await Site.StartAsync("c1", Loop);

        CommandResult exec = await Site.RunInTerminalAsync(77, 22, "exec -it c1 stty size");

        Assert.That(exec.Stdout, Does.Contain("22 77\r\n"), exec.ToString());
    }

    [Test]
    public async Task Terminal_OfRun_PassesOnWhatIsTypedAndAnInterrupt()
    {
        using Terminal terminal = Site.StartInTerminal("run", "-it", "--rm", "--rootfs", TestPaths.Rootfs, "sh");
        await terminal.TypeAsync("echo $((6 * 7))\n");
        await terminal.ShowsAsync("\n42\r\n");
        await terminal.TypeAsync("echo wai''ting; sleep 1000\n");
        await terminal.ShowsAsync("\nwaiting\r\n");

        await terminal.TypeAsync("\u0003");
        await terminal.TypeAsync("echo aft''er $?; exit 4\n");

        await terminal.ShowsAsync("\nafter 130\r\n");
        Assert.That(await terminal.ExitAsync(), Is.EqualTo(4), terminal.Output);
        Assert.That(ProcFs.ProcessesOf(Site.Namespace), Is.Empty);
    }

    [Test]
    public async Task Stats_InATerminal_GoOnUntilAnInterruptAndShowWhatComes()
    {
        await Site.StartAsync("c1", Loop, "--memory", "64m");
        using Terminal terminal = Site.StartInTerminal("stats");
        await terminal.ShowsAsync("64.0 MiB");
        await Site.StartAsync("c2", Loop, "--memory", "48m");
        await terminal.ShowsAsync("48.0 MiB");

        await terminal.TypeAsync("\u0003");

        Assert.That(await terminal.ExitAsync(), Is.Zero, terminal.Output);
        Assert.That((await Site.RunAsync("ps", "-q")).Stdout, Is.EqualTo("c1\nc2\n"), "what is looked at goes on");
    }

    [TestCase("nosuchprogram", 127)]
    [TestCase("/etc", 126)]
    public async Task Run_OfWhatCannotBeRun_EndsWithTheUsualCode(string program, int expected)
    {
        CommandResult run = await Site.RunAsync("run", "--name", "c1", "--rootfs", TestPaths.Rootfs, program);

        Assert.That(run.ExitCode, Is.EqualTo(expected), run.ToString());
        Assert.That(run.Stderr, Does.StartWith("error: "));
        Assert.That((await Site.RunAsync("ps", "-q")).Stdout, Is.Empty);
    }

    [TestCase("'64x' is no size", "run", "--memory", "64x", "--rootfs", "/", "sh")]
    [TestCase("--rootfs", "run", "sh")]
    [TestCase("not a directory", "run", "--rootfs", "/nowhere", "sh")]
    [TestCase("-d leaves nobody to serve", "run", "-d", "-t", "--rootfs", "/", "sh")]
    [TestCase("needs a terminal as input", "run", "-it", "--rootfs", "/", "sh")]
    [TestCase("there is no container 'c9'", "exec", "c9", "sh")]
    public async Task Run_ThatCannotBe_SaysWhyAndEndsWith125(string expected, params string[] arguments)
    {
        CommandResult run = await Site.RunAsync(arguments);

        Assert.That(run.ExitCode, Is.EqualTo(125), run.ToString());
        Assert.That(run.Stderr, Does.StartWith("error: ").And.Contains(expected));
    }
}
