using System.Text;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Processes;

internal sealed class CapturedOutputTests
{
    [Test]
    public async Task Output_OfBothStreams_IsReadInItsOrderAndSaysNothingOfACut()
    {
        using CapturedOutput output = new();
        await RunAsync(output, "echo one; echo two >&2; echo three");
        Assert.That(output.ReadText(1000), Is.EqualTo("one\ntwo\nthree\n"));
        Assert.That(output.Read(5), Is.EqualTo(Encoding.ASCII.GetBytes("one\nt")));
    }

    [Test]
    public async Task Output_LongerThanWhatIsAskedFor_SaysThatItWasCut()
    {
        using CapturedOutput output = new();
        await RunAsync(output, "echo one; echo two");
        Assert.That(output.ReadText(4), Is.EqualTo("one\n [the output was cut after 4 bytes]"));
    }

    [Test]
    public async Task Output_OfAScriptThatOpensItsStderrByName_IsRead()
    {
        using CapturedOutput output = new();
        ProcessExit exit = await RunAsync(output, "echo said > /dev/stderr");
        Assert.That(exit.ExitCode, Is.Zero);
        Assert.That(output.ReadText(1000), Is.EqualTo("said\n"));
    }

    private static async Task<ProcessExit> RunAsync(CapturedOutput output, string script)
    {
        using OsFixture os = new();
        using IProcessWatch watch = os.Spawner.Spawn(OsFixture.Shell(script) with { Stdout = output.Handle, Stderr = output.Handle });
        return await watch.Exited.WaitAsync(OsFixture.Bound);
    }
}
