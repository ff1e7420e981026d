using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>Further processes in a container.</summary>
public sealed class ExecTests : EmbeddingFixture
{
    [Test]
    public async Task Run_ToItsEnd_ReturnsWhatItWrote()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000").WithEnv("COLOUR", "blue"));
        ExecResult result = await container.RunAsync(new ExecOptions
        {
            Args = ["sh", "-c", "cat; echo $COLOUR $SHAPE $PWD $(id -u); echo bad >&2; exit 3"],
            Env = new Dictionary<string, string> { ["SHAPE"] = "round" },
            WorkingDirectory = "/tmp",
            User = new ContainerUser(1000, 1000),
            Input = "in "u8.ToArray(),
        });

        Assert.That(
            (result.ExitCode, result.OutputText, result.ErrorText, result.TimedOut, result.IsTruncated),
            Is.EqualTo((3, "in blue round /tmp 1000\n", "bad\n", false, false)));
    }

    [Test]
    public async Task Run_MoreThanTheLimit_IsTruncatedAndEnds()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        ExecResult result = await container.RunAsync(new ExecOptions { Args = ["head", "-c", "3000000", "/dev/zero"], CaptureLimit = 1000 });
        Assert.That((result.ExitCode, result.Output.Length, result.IsTruncated), Is.EqualTo((0, 1000, true)));
    }

    [Test]
    public async Task Run_LongerThanItsTime_IsKilledAndKeepsItsOutput()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        ExecResult result = await container.RunAsync(new ExecOptions
        {
            Args = ["sh", "-c", "echo begun; sleep 1000; echo never"],
            Timeout = TimeSpan.FromSeconds(1),
        }).WaitAsync(EmbeddedSite.Bound);

        Assert.That((result.ExitCode, result.OutputText, result.TimedOut), Is.EqualTo((137, "begun\n", true)));
        Assert.That(container.Status, Is.EqualTo(Tasks.ContainerStatus.Running));
    }

    [Test]
    public async Task Run_Cancelled_LeavesNoProcess()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        using CancellationTokenSource cancel = new();
        IAsyncEnumerator<Events.EventEnvelope> events = Engine.Events.ReadAllAsync().GetAsyncEnumerator();
        Task<ExecResult> run = container.RunAsync(["sleep", "2000"], cancel.Token);
        do
        {
            Assert.That(await events.MoveNextAsync().AsTask().WaitAsync(EmbeddedSite.Bound));
        }
        while (events.Current.Event is not Events.ExecStartedEvent);

        await cancel.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => run.WaitAsync(EmbeddedSite.Bound));
        Assert.That(await container.PidsAsync(), Has.Count.EqualTo(1));
        await events.DisposeAsync();
    }

    [Test]
    public async Task Exec_WithStreams_IsTalkedWith()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        await using ShimProcess process = await container.ExecAsync(new ExecOptions { Args = ["cat"], Stdio = ContainerStdio.Streams });
        await process.StandardInput.WriteAsync("ping"u8.ToArray());
        byte[] answer = new byte[4];
        await process.StandardOutput.ReadExactlyAsync(answer).AsTask().WaitAsync(EmbeddedSite.Bound);
        await process.CloseInputAsync();

        Assert.That((await process.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.Zero);
        Assert.That(System.Text.Encoding.ASCII.GetString(answer), Is.EqualTo("ping"));
    }

    [Test]
    public async Task Exec_WithATerminal_HasItsSizeFromTheStart()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        await using ShimProcess process = await container.ExecAsync(new ExecOptions
        {
            Args = ["stty", "size"],
            Stdio = ContainerStdio.TerminalStreams with { Columns = 100, Rows = 30 },
        });
        Assert.That(await EmbeddedSite.ReadAllAsync(process.StandardOutput), Is.EqualTo("30 100\r\n"));
    }

    [Test]
    public async Task Exec_OfNoProgram_FailsAndLeavesNoEntry()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        ExecOptions options = new() { Args = ["no-such-program"], ExecId = "e1", Stdio = ContainerStdio.Streams };
        ShimException? failure = await Assert.ThrowsAsync<ShimException>(() => container.ExecAsync(options));
        Assert.That(failure!.Message, Does.Contain("no-such-program"));

        await using ShimProcess process = await container.ExecAsync(options with { Args = ["true"] });
        Assert.That((await process.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Process_Killed_EndsWithTheSignal()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        await using ShimProcess process = await container.ExecAsync(new ExecOptions { Args = ["sleep", "1000"] });
        await process.KillAsync(15);
        Assert.That((await process.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(143));
        await process.DisposeAsync();
        Assert.That((await process.WaitAsync()).ExitCode, Is.EqualTo(143));
    }
}
