using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>What containers run, and what goes in and out of them.</summary>
public sealed class ContainerTests(DockerVersion version) : DockerFixture(version)
{
    [TestCase("host")]
    [TestCase("none")]
    public async Task Run_CommandThatPrintsAndFails_ShowsBothStreamsAndTheExitCode(string network)
    {
        CommandResult result = await Site.RunAsync(["--rm", "--network", network], "sh", "-c", "echo out; echo err >&2; exit 7");

        Assert.That((result.ExitCode, result.Stdout, result.Stderr), Is.EqualTo((7, "out\n", "err\n")));
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Run_OfAProgramThatIsNotThere_Ends127()
    {
        CommandResult result = await Site.RunAsync(["--rm"], "no-such-program");

        // dockerd finds both in the text of the error.
        Assert.That(result.ExitCode, Is.EqualTo(127), result.ToString());
        Assert.That(result.Stderr, Does.Contain("executable file not found in $PATH"));
    }

    [Test]
    public async Task Run_OfADirectory_Ends126()
    {
        CommandResult result = await Site.RunAsync(["--rm"], "/bin");

        Assert.That(result.ExitCode, Is.EqualTo(126), result.ToString());
    }

    [Test]
    public async Task Run_WithInit_MakesItTheFirstProcess()
    {
        CommandResult result = await Site.RunAsync(["--rm", "--init"], "cat", "/proc/1/cmdline");

        Assert.That(result.Stdout.Split('\0')[0], Does.EndWith("docker-init"), result.ToString());
    }

    [Test]
    public async Task Run_InTheBackground_HasTheShimUnderTest()
    {
        string id = await RunDetachedAsync(Sleep);

        ProcFsProcess? shim = Site.FindShim(id);

        Assert.That(shim, Is.Not.Null);
        string target = File.ResolveLinkTarget($"/proc/{shim!.Pid}/exe", returnFinalTarget: true)!.FullName;
        Assert.That(await File.ReadAllBytesAsync(target), Is.EqualTo(await File.ReadAllBytesAsync(TestPaths.Shim!)));
    }

    [Test]
    public async Task Exec_InARunningContainer_ShowsItsOutputAndItsOwnExitCode()
    {
        string id = await RunDetachedAsync(Sleep);

        CommandResult result = await Site.InvokeAsync("exec", id, "sh", "-c", "echo inside; exit 9");

        Assert.That((result.ExitCode, result.Stdout), Is.EqualTo((9, "inside\n")), result.ToString());
        Assert.That(await Site.InspectAsync(id, "{{.State.Status}}"), Is.EqualTo("running"));
    }

    [Test]
    public async Task Exec_OfAProgramThatIsNotThere_SaysSo()
    {
        string id = await RunDetachedAsync(Sleep);

        CommandResult result = await Site.InvokeAsync("exec", id, "no-such-program");

        Assert.That(result.ExitCode, Is.EqualTo(127).Or.EqualTo(126), result.ToString());
        Assert.That(result.Stdout + result.Stderr, Does.Contain("OCI runtime exec failed").And.Contain("executable file not found in $PATH"));
    }

    [Test]
    public async Task Logs_OfBothStreams_HoldAllOfTheLines()
    {
        string id = await RunDetachedAsync("sh", "-c", "seq 1 2000; echo err >&2");
        (await Site.InvokeAsync("wait", id)).EnsureSuccess();

        CommandResult logs = (await Site.InvokeAsync("logs", id)).EnsureSuccess();

        Assert.That(logs.Stdout, Is.EqualTo(string.Concat(Enumerable.Range(1, 2000).Select(i => $"{i}\n"))));
        Assert.That(logs.Stderr, Is.EqualTo("err\n"));
    }

    [Test]
    public async Task Top_OfAContainerWithTwoProcesses_ShowsBoth()
    {
        string id = await RunDetachedAsync("sh", "-c", "sleep 1001 & wait");
        await Eventually.ShowsAsync(() => ProcFs.ProcessesInCgroup($"/{Site.Namespace}/{id}").Count, count => count == 2, "the child appears");

        CommandResult top = (await Site.InvokeAsync("top", id, "-o", "pid,args")).EnsureSuccess();

        Assert.That(top.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(3));
        Assert.That(top.Stdout, Does.Contain("sleep 1001"));
    }

    [Test]
    public async Task Run_OnATerminal_TalksToAShell()
    {
        string idFile = Site.NewIdFile();
        using Terminal terminal = Terminal.Start(Site.CommandLine(Site.RunArguments(idFile, ["-it"], ["sh"])));

        await terminal.TypeAsync("echo $((40 + 2)) on $(tty)\n");
        await terminal.ShowsAsync("42 on /dev/");
        await terminal.TypeAsync("exit 3\n");

        Assert.That(await terminal.ExitAsync(), Is.EqualTo(3), terminal.Output);
        Site.Note(idFile);
    }

    [Test]
    public async Task Attach_ToATerminal_SeesWhatItsClientTypesAndCanLeave()
    {
        string id = await Site.RunDetachedAsync(["-it"], "sh");
        using (Terminal first = Terminal.Start(Site.CommandLine("attach", id)))
        {
            await first.TypeAsync("word=bread\necho got $word\n");
            await first.ShowsAsync("got bread");

            // Docker's keys to leave: Control-P, Control-Q.
            await first.TypeAsync("\u0010\u0011");
            await first.ExitAsync();
        }

        using Terminal second = Terminal.Start(Site.CommandLine("attach", id));
        await second.TypeAsync("echo still $word\nexit 4\n");
        await second.ShowsAsync("still bread");

        Assert.That(await second.ExitAsync(), Is.EqualTo(4), second.Output);
    }
}
