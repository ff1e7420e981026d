using ContainerShim.Sdk.Integration.Tests.Cri.V1;
using ContainerShim.Sdk.Integration.Tests.Harness;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>Probes: commands run in a container to their end.</summary>
public sealed class ExecSyncTests : CriFixture
{
    [Test]
    public async Task ExecSync_OfACommandThatFails_ReturnsBothStreamsAndTheExitCode()
    {
        CriContainer container = await Pod.RunAsync("c", ["sleep", "1000"]);

        ExecSyncResponse answer = await container.ExecAsync(10, "sh", "-c", "echo out; echo err >&2; exit 9");

        Assert.That((answer.Stdout.ToStringUtf8(), answer.Stderr.ToStringUtf8(), answer.ExitCode), Is.EqualTo(("out\n", "err\n", 9)));
    }

    [Test]
    public async Task ExecSync_ThatOutlastsItsTimeout_FailsAndItsProcessIsGone()
    {
        CriContainer container = await Pod.RunAsync("c", ["sleep", "1000"]);

        RpcException? failure = await Assert.ThrowsAsync<RpcException>(() => container.ExecAsync(1, "sleep", "555"));

        Assert.That(failure?.StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
        await Eventually.ShowsAsync(
            () => ProcFs.ProcessesOf(Site).Count(process => process.CommandLine == "sleep 555"), count => count == 0, "the process is killed");
        Assert.That((await container.ExecAsync(10, "true")).ExitCode, Is.Zero);
    }

    [Test]
    public async Task ExecSync_OfAProgramThatIsNotThere_SaysSo()
    {
        CriContainer container = await Pod.RunAsync("c", ["sleep", "1000"]);

        RpcException? failure = await Assert.ThrowsAsync<RpcException>(() => container.ExecAsync(10, "no-such-program"));

        Assert.That(failure?.Status.Detail, Does.Contain("OCI runtime exec failed").And.Contain("executable file not found in $PATH"));
    }

    [Test]
    public async Task ExecSync_InParallel_KeepsTheOutputsApart()
    {
        CriContainer container = await Pod.RunAsync("c", ["sleep", "1000"]);

        ExecSyncResponse[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => container.ExecAsync(20, "sh", "-c", $"echo {i}; exit {i}")));

        Assert.That(answers.Select(answer => (answer.Stdout.ToStringUtf8(), answer.ExitCode)), Is.EqualTo(Enumerable.Range(0, 8).Select(i => ($"{i}\n", i))));
    }
}
