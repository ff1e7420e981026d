using System.Text.RegularExpressions;
using ContainerShim.Sdk.Integration.Tests.Cri.V1;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>What goes in and out of containers: attached clients and log files.</summary>
public sealed partial class StreamTests : CriFixture
{
    [Test]
    public async Task Attach_ToAContainerThatReads_BringsInputAndOutput()
    {
        // containerd forgets an attached client at the end of any stream, also before it has sent it what came just before (with its own shim more often).
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "read word; echo got $word; sleep 0.5; exit 4"], config => config.Stdin = true);
        await using CriAttachment attachment = await container.AttachAsync(tty: false);

        await attachment.WriteAsync("bread\n");

        Assert.That(await attachment.ReadToEndAsync(), Is.EqualTo("got bread\n"));
        Assert.That((await container.ExitedAsync()).ExitCode, Is.EqualTo(4));
        await container.LoggedAsync("stdout F got bread\n");
    }

    [Test]
    public async Task Attach_ToATerminal_TalksToAShell()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh"], config => (config.Stdin, config.Tty) = (true, true));
        await using CriAttachment attachment = await container.AttachAsync(tty: true);

        await attachment.WriteAsync("echo $((40 + 2)) on $(tty)\n");
        await attachment.ReadUntilAsync("42 on /dev/");
        await attachment.WriteAsync("exit 3\n");

        await attachment.ReadToEndAsync();
        Assert.That((await container.ExitedAsync()).ExitCode, Is.EqualTo(3));
    }

    [Test]
    public async Task Attach_ByAClientThatGoesAndAnotherThatComes_GoesOn()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "while read word; do echo got $word; done"], config => config.Stdin = true);
        await using (CriAttachment first = await container.AttachAsync(tty: false))
        {
            await first.WriteAsync("one\n");
            await first.ReadUntilAsync("got one\n");
        }

        await using CriAttachment second = await container.AttachAsync(tty: false);
        await second.WriteAsync("two\n");

        Assert.That(await second.ReadUntilAsync("got two\n"), Does.Not.Contain("one"));
        Assert.That((await container.StatusAsync()).State, Is.EqualTo(ContainerState.ContainerRunning));
    }

    [Test]
    public async Task Log_OfBothStreams_HasATimeAStreamAndATagInEachLine()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "echo out; echo err >&2; printf unended"]);
        await container.ExitedAsync();

        string log = await container.LoggedAsync("stdout P unended");

        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.All.Match(LogLine()));
        Assert.That(lines.Select(line => line[(line.IndexOf(' ') + 1)..]), Is.EquivalentTo((string[])["stdout F out", "stderr F err", "stdout P unended"]));
    }

    [Test]
    public async Task Log_MovedAwayAndReopened_GoesOnInANewFile()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "echo before; until [ -e /go ]; do sleep 0.05; done; echo after"]);
        await container.LoggedAsync("before");
        File.Move(container.LogPath, container.LogPath + ".1");

        await container.ReopenLogAsync();
        await container.ExecAsync(10, "touch", "/go");

        Assert.That(await container.LoggedAsync("after"), Does.Not.Contain("before"));
        Assert.That(await File.ReadAllTextAsync(container.LogPath + ".1"), Does.Not.Contain("after"));
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d) (stdout|stderr) [FP] ")]
    private static partial Regex LogLine();
}
