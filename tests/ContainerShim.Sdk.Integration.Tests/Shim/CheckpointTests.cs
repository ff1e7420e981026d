using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Runc;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Containers written to disk.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.WithCheckpoints))]
[Parallelizable(ParallelScope.Self)]
public sealed class CheckpointTests(string runtime) : CheckpointFixture(runtime)
{
    [Test]
    public async Task Checkpoint_ThatLeavesItRunning_IsToldAndTheContainerGoesOn([Values("path", "options")] string named)
    {
        TestBundle bundle = NewCounter();
        using TestStdio stdio = NewStdio(bundle);
        RawShim shim = await StartShimAsync(bundle);
        FifoReader reader = Read(stdio);
        RawTask task = await shim.RunAsync(bundle, stdio);
        await CountedAsync(reader);

        await task.CheckpointAsync(named == "path" ? ImagePath : "", new CheckpointOptions { ImagePath = named == "path" ? "" : ImagePath });

        Assert.That(Directory.EnumerateFiles(ImagePath, "core-*.img"), Is.Not.Empty);
        await Events.WaitForAsync(
            e => e.Message is TaskCheckpointed told && told.ContainerId == task.Id && told.Checkpoint == ImagePath, "the checkpoint");
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Running));
        int counted = NumbersOf(reader.Text).Length;
        await CountedAsync(reader, counted + 2);
        Assert.That(Directory.Exists(bundle.PathOf("work/criu-work")), Is.False, "its own work directory is gone");
        await task.KillAndDeleteAsync();
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Checkpoint_ThatEndsIt_IsToldBeforeTheExit()
    {
        TestBundle bundle = NewCounter();
        using TestStdio stdio = NewStdio(bundle);
        RawShim shim = await StartShimAsync(bundle);
        FifoReader reader = Read(stdio);
        RawTask task = await shim.RunAsync(bundle, stdio);
        await CountedAsync(reader);

        await task.CheckpointAsync(ImagePath, new CheckpointOptions { Exit = true });

        Assert.That(await task.WaitAsync(), Is.EqualTo(137));
        await task.DeleteAsync();
        Assert.That(
            Events.All().Select(e => e.Message.GetType()),
            Is.EqualTo((Type[])[typeof(TaskCreate), typeof(TaskStart), typeof(TaskCheckpointed), typeof(TaskExit), typeof(TaskDelete)]));
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Options_OfACheckpoint_ReachTheRuntime()
    {
        RecordingRuntime runtime = new(Site, """case " $* " in *" checkpoint "*) exit 0 ;; esac""", Runtime.Binary);
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle, runtime: runtime.Path);
        string work = Path.Combine(Site.Directory, "work");

        await task.CheckpointAsync(ImagePath, new CheckpointOptions
        {
            OpenTcp = true,
            ExternalUnixSockets = true,
            Terminal = true,
            FileLocks = true,
            EmptyNamespaces = { "network", "ipc" },
            CgroupsMode = "strict",
            WorkPath = work,
            ParentPath = "../before",
        });

        Assert.That(await runtime.CallAsync("checkpoint"), Does.EndWith(
            $" checkpoint --image-path {ImagePath} --work-path {work} --parent-path ../before --tcp-established --ext-unix-sk --shell-job --file-locks"
            + $" --manage-cgroups-mode strict {(Runtime.IsCrun ? "" : "--empty-ns network --empty-ns ipc ")}--leave-running {task.Id}"));
        await task.KillAndDeleteAsync();
    }

    [Test]
    public async Task Checkpoint_WithACgroupsMode_IsTakenByCriu([Values("soft", "full", "strict")] string mode)
    {
        TestBundle bundle = NewCounter();
        using TestStdio stdio = NewStdio(bundle);
        RawShim shim = await StartShimAsync(bundle);
        FifoReader reader = Read(stdio);
        RawTask task = await shim.RunAsync(bundle, stdio);
        await CountedAsync(reader);

        await task.CheckpointAsync(ImagePath, new CheckpointOptions { CgroupsMode = mode });

        Assert.That(Directory.EnumerateFiles(ImagePath, "cgroup.img"), Is.Not.Empty);
        await task.KillAndDeleteAsync();
    }

    [Test]
    public async Task Checkpoint_ThatCriuRefuses_TellsWhereItsLogIs()
    {
        // An open file without a name, larger than criu takes along.
        TestBundle bundle = Site.NewBundle(new BundleOptions
        {
            Args = ["sh", "-c", "head -c 3000000 /dev/zero > /tmp/file; exec 9< /tmp/file; rm /tmp/file; exec sleep 1000"],
        });
        RawShim shim = await StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        await Eventually.ShowsAsync(() => File.ReadAllText($"/proc/{task.Pid}/comm"), name => name == "sleep\n", "it sleeps");

        RpcException? failure = await Assert.CatchAsync<RpcException>(() => task.CheckpointAsync(ImagePath, new CheckpointOptions()));

        string log = bundle.PathOf("criu-dump.log");
        Assert.That(failure?.Status.Detail, Does.Contain(CriuFailed("checkpointing")).And.EndsWith($" path= {log}"));
        Assert.That(await File.ReadAllTextAsync(log), Does.Contain("ghost file"));
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That(Events.All().Select(e => e.Message), Has.None.InstanceOf<TaskCheckpointed>());
        Assert.That(await task.ExecToEndAsync("exec", "true"), Is.Zero, "it is not left frozen");
        await task.KillAndDeleteAsync();
        await Site.AssertNothingIsLeftAsync(shim);
    }
}
