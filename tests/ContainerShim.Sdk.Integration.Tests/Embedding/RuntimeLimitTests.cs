using System.Diagnostics;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>The limits of calls of the runtime's binary, as an engine's options set them.</summary>
public sealed class RuntimeLimitTests : EmbeddingFixture
{
    [Test]
    public async Task Signal_ThatOutlivesItsTimeout_FailsAndTheContainerCanBeRemoved()
    {
        ContainerShimEngine engine = NewEngine(TimeSpan.FromMilliseconds(50));
        ShimContainer container = await RunAsync(engine, "c1");

        ShimException? failure = await Assert.ThrowsAsync<ShimException>(() => container.KillAsync(LinuxSignal.Term).WaitAsync(EmbeddedSite.Bound));
        Assert.That(failure!.Code, Is.EqualTo(ShimErrorCode.DeadlineExceeded));
        Assert.That(failure.Message, Does.Contain("kill did not end within 0.05 s"));
        Assert.That(ProcFs.IsAlive(container.Pid));

        await container.RemoveAsync().WaitAsync(EmbeddedSite.Bound);
        Assert.That(container.Exit?.ExitCode, Is.EqualTo(137));
    }

    [Test]
    public async Task Sigkill_WhileTheRuntimeHangs_EndsTheContainer()
    {
        ContainerShimEngine engine = NewEngine();
        ShimContainer killed = await RunAsync(engine, "c1");
        ShimContainer stopped = await RunAsync(engine, "c2");
        ShimContainer asked = await RunAsync(engine, "c3");
        long began = Stopwatch.GetTimestamp();

        Task<ProcessExit> stop = stopped.StopAsync(TimeSpan.Zero);
        Task<ProcessExit> ask = asked.StopAsync(TimeSpan.FromMilliseconds(100));
        await killed.KillAsync().WaitAsync(EmbeddedSite.Bound);
        ProcessExit[] exits = [await killed.WaitAsync().WaitAsync(EmbeddedSite.Bound), await stop.WaitAsync(EmbeddedSite.Bound), await ask.WaitAsync(EmbeddedSite.Bound)];

        Assert.That(Stopwatch.GetElapsedTime(began), Is.InRange(TimeSpan.FromSeconds(5), Pace.Of(TimeSpan.FromSeconds(6))), "the runtime has its time");
        Assert.That(exits.Select(exit => exit.ExitCode), Is.All.EqualTo(137));
        await engine.DisposeAsync();
        await Eventually.ShowsAsync(HungCalls, hung => hung.Length == 0, "no call of the runtime is left");
    }

    /// <summary>They run in the bundles, which are gone by then.</summary>
    private string[] HungCalls() => [.. Directory.GetDirectories("/proc").Where(process =>
    {
        try
        {
            return File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName.StartsWith(Site.Directory, StringComparison.Ordinal) == true
                && File.ReadAllText(Path.Combine(process, "cmdline")).StartsWith("sleep", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    })];

    private static async Task<ShimContainer> RunAsync(ContainerShimEngine engine, string id)
    {
        ShimContainer container = await engine.CreateContainerAsync(id, EmbeddedSite.Shell("exec sleep 1000"));
        await container.StartAsync();
        return container;
    }

    /// <summary>An engine whose runtime hangs in <c>kill</c>.</summary>
    private ContainerShimEngine NewEngine(TimeSpan? killTimeout = null)
    {
        string runtime = Script.Make(Site, "slow-runc", """
            case " $* " in *" kill "*) exec sleep 1000 ;; esac
            exec runc "$@"
            """);
        return Site.NewEngine(options =>
        {
            options.RuntimeOptions = new RuntimeOptions { BinaryName = runtime };
            options.Runc.KillTimeout = killTimeout ?? options.Runc.KillTimeout;
        });
    }
}
