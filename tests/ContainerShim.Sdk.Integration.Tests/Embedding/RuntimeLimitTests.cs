using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>The limits of calls of the runtime's binary, as an engine's options set them.</summary>
public sealed class RuntimeLimitTests : EmbeddingFixture
{
    [Test]
    public async Task Kill_ThatOutlivesItsTimeout_FailsAndTheContainerCanBeRemoved()
    {
        string runtime = Path.Combine(Site.Directory, "slow-runc");
        await File.WriteAllTextAsync(runtime, """
            #!/bin/sh
            case " $* " in *" kill "*) exec sleep 1000 ;; esac
            exec runc "$@"

            """);
        File.SetUnixFileMode(runtime, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ContainerShimEngine engine = Site.NewEngine(options =>
        {
            options.RuntimeOptions = new RuntimeOptions { BinaryName = runtime };
            options.Runc.KillTimeout = TimeSpan.FromMilliseconds(50);
        });
        ShimContainer container = await engine.CreateContainerAsync("c1", EmbeddedSite.Shell("exec sleep 1000"));
        await container.StartAsync();

        ShimException? failure = await Assert.ThrowsAsync<ShimException>(() => container.KillAsync().WaitAsync(EmbeddedSite.Bound));
        Assert.That(failure!.Code, Is.EqualTo(ShimErrorCode.DeadlineExceeded));
        Assert.That(failure.Message, Does.Contain("kill did not end within 0.05 s"));
        Assert.That(ProcFs.IsAlive(container.Pid));

        await container.RemoveAsync().WaitAsync(EmbeddedSite.Bound);
        Assert.That(container.Exit?.ExitCode, Is.EqualTo(137));
    }
}
