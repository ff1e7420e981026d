using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Runc;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>A terminal whose process cannot be made: the shim keeps nothing of it (containerd#11161).</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class TerminalFailureTests(string runtime) : ShimFixture(runtime)
{
    private const int Times = 10;

    /// <summary>Where a shim makes the sockets for consoles; one of its own shows what is left.</summary>
    private string Consoles => Path.Combine(Site.Directory, "t");

    [Test]
    public async Task Create_ThatFails_LeavesNoTerminal([Values("bundle", "runtime", "runtime-late")] string failing)
    {
        (RawShim shim, RawTask first) = await StartAsync();
        string runtime = failing switch
        {
            "runtime" => Script.Make(Site, "failing", "exit 1"),
            // The master has been sent by then.
            "runtime-late" => Script.Make(Site, "failing", """
                case " $* " in *" create "*) runc "$@"; runc --root "$2" delete --force "$(basename "$PWD")"; exit 1 ;; esac
                exec runc "$@"
                """),
            _ => "",
        };
        await FailAsync(shim, failing, runtime);
        ProcessCensus before = shim.Census();

        for (int i = 0; i < Times; i++)
        {
            await FailAsync(shim, failing, runtime);
        }

        await AssertUnchangedAsync(shim, before);
        await EndAsync(shim, first);
    }

    [Test]
    public async Task Exec_ThatFails_LeavesNoTerminal()
    {
        (RawShim shim, RawTask task) = await StartAsync();
        await FailAsync("warm");
        ProcessCensus before = shim.Census();

        for (int i = 0; i < Times; i++)
        {
            await FailAsync($"exec-{i}");
        }

        await AssertUnchangedAsync(shim, before);
        await EndAsync(shim, task);

        async Task FailAsync(string execId)
        {
            using TestStdio stdio = TestStdio.Create(Path.Combine(Site.Directory, execId), stdin: true, stdout: true, terminal: true);
            stdio.Read(stdio.Stdout);
            await task.AddExecAsync(execId, ["no-such-command"], stdio);
            await Assert.CatchAsync<RpcException>(() => task.StartExecAsync(execId));
            await task.DeleteAsync(execId);
        }
    }

    [Test]
    public async Task Console_ThatIsNeverSent_EndsTheCallAndTheProcess([Values("create", "exec")] string command)
    {
        // A process is there, but no console comes.
        string runtime = Script.Make(Site, "silent", $$"""
            case " $* " in *" {{command}} "*)
                while [ $# -gt 0 ]; do [ "$1" = --pid-file ] && file=$2; shift; done
                sleep 1000 >/dev/null 2>&1 </dev/null &
                printf %s $! > "$file"
                exit 0 ;;
            esac
            exec runc "$@"
            """);
        (RawShim shim, RawTask first) = await StartAsync(command == "exec" ? runtime : "");
        ProcessCensus before = shim.Census();
        string pidFile;

        using (TestStdio stdio = TestStdio.Create(Path.Combine(Site.Directory, "io"), stdin: true, stdout: true, terminal: true))
        {
            stdio.Read(stdio.Stdout);
            RpcException? failure;
            if (command == "create")
            {
                TestBundle bundle = NewTerminalBundle();
                pidFile = bundle.PathOf("init.pid");
                failure = await Assert.CatchAsync<RpcException>(() => shim.CreateAsync(bundle, stdio, runtime));
            }
            else
            {
                await first.AddExecAsync("exec", ["true"], stdio);
                failure = await Assert.CatchAsync<RpcException>(() => first.StartExecAsync("exec"));
                pidFile = first.PathOf("exec.pid");
            }

            Assert.That(failure?.StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
            Assert.That(failure?.Status.Detail, Does.Contain("console"));
            int pid = int.Parse(await File.ReadAllTextAsync(pidFile));
            await Eventually.ShowsAsync(() => ProcFs.IsAlive(pid), alive => !alive, "the process ends");
            if (command == "exec")
            {
                await first.DeleteAsync("exec");
            }
        }

        await AssertUnchangedAsync(shim, before);
        await EndAsync(shim, first);
    }

    [Test]
    public async Task Create_CancelledWhileTheRuntimeHangs_LeavesNoTerminal()
    {
        (RawShim shim, RawTask first) = await StartAsync();
        TestBundle bundle = NewTerminalBundle();
        HungRuntime runtime = new(Site, "create", bundle.Id);
        ProcessCensus before = shim.Census();
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true, terminal: true);
        stdio.Read(stdio.Stdout);
        CreateTaskRequest request = new()
        {
            Id = bundle.Id,
            Bundle = bundle.Path,
            Rootfs = { bundle.Rootfs },
            Terminal = true,
            Stdin = stdio.Stdin,
            Stdout = stdio.Stdout,
            Options = TypeUrls.Pack(TypeUrls.RuncOptions, new Options { BinaryName = runtime.Path }),
        };

        int code = await RawCall.StatusCodeAsync(shim.SocketPath, "Create", request, TimeSpan.FromMilliseconds(500));

        Assert.That(code, Is.EqualTo((int)StatusCode.DeadlineExceeded));
        await AssertUnchangedAsync(shim, before);
        await EndAsync(shim, first);
    }

    private async Task<(RawShim Shim, RawTask Task)> StartAsync(string runtime = "")
    {
        Directory.CreateDirectory(Consoles);
        TestBundle bundle = Site.NewBundle(new BundleOptions { Group = "g" });
        RawShim shim = await Site.StartShimAsync(bundle, ["env", "-u", "XDG_RUNTIME_DIR", $"TMPDIR={Consoles}"]);
        return (shim, await shim.RunAsync(bundle, runtime: runtime));
    }

    private TestBundle NewTerminalBundle() => Site.NewBundle(new BundleOptions { Group = "g", Terminal = true });

    private async Task FailAsync(RawShim shim, string failing, string runtime)
    {
        TestBundle bundle = NewTerminalBundle();
        if (failing == "bundle")
        {
            await File.WriteAllTextAsync(bundle.PathOf("config.json"), "{ no json");
        }

        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true, terminal: true);
        stdio.Read(stdio.Stdout);
        await Assert.CatchAsync<RpcException>(() => shim.CreateAsync(bundle, stdio, runtime));
    }

    private async Task AssertUnchangedAsync(RawShim shim, ProcessCensus before)
    {
        await Eventually.ShowsAsync(shim.Census, after => after.IsWithin(before), $"the shim is as before: {before}", TimeSpan.FromSeconds(5));
        Assert.That(shim.Census().Count("ptmx"), Is.Zero);
        Assert.That(Directory.EnumerateFileSystemEntries(Consoles), Is.Empty);
    }

    private async Task EndAsync(RawShim shim, RawTask first)
    {
        await first.KillAndDeleteAsync();
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }
}
