using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Stdio;

internal sealed class DirectFileStdioTests
{
    [Test]
    public async Task Output_OfBothStreams_IsAppendedInItsOrder()
    {
        using StdioFixture fixture = new();
        string log = Path.Combine(fixture.Directory, "sub", "log");

        for (int run = 0; run < 2; run++)
        {
            await using IProcessStdio stdio = await OpenAsync(fixture, log);
            using IProcessWatch watch = await fixture.RunAsync(stdio, "echo out; echo err >&2; echo again");
            await watch.Exited.WaitAsync(OsFixture.Bound);
        }

        Assert.That(await File.ReadAllTextAsync(log), Is.EqualTo("out\nerr\nagain\nout\nerr\nagain\n"));
    }

    [Test]
    public async Task Output_AfterItsHostLetGo_StillArrives()
    {
        using StdioFixture fixture = new();
        string log = Path.Combine(fixture.Directory, "log");
        string go = fixture.MakeFifo("go");
        IProcessStdio stdio = await OpenAsync(fixture, log);
        using IProcessWatch watch = await fixture.RunAsync(stdio, $"read line <{go}; echo $line");

        await stdio.DisposeAsync();
        await File.WriteAllTextAsync(go, "late\n");

        await watch.Exited.WaitAsync(OsFixture.Bound);
        Assert.That(await File.ReadAllTextAsync(log), Is.EqualTo("late\n"));
    }

    [Test]
    public void Output_WithFurtherOptions_IsRefused()
    {
        using StdioFixture fixture = new();
        string log = Path.Combine(fixture.Directory, "log");

        Assert.That(
            async () => await fixture.OpenAsync(stdout: $"file://{log}?direct=true&max-size=1"),
            Throws.TypeOf<ShimException>().With.Property(nameof(ShimException.Code)).EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(File.Exists(log), Is.False);
    }

    [Test]
    public void Output_ToALink_IsRefused()
    {
        using StdioFixture fixture = new();
        string log = Path.Combine(fixture.Directory, "log");
        File.CreateSymbolicLink(log, "/dev/null");

        Assert.That(async () => await OpenAsync(fixture, log), Throws.TypeOf<ShimException>());
    }

    private static Task<IProcessStdio> OpenAsync(StdioFixture fixture, string log)
    {
        string uri = $"file://{log}?direct=true";
        return fixture.OpenAsync(stdout: uri, stderr: uri);
    }
}
