using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Runc;
using ContainerShim.Sdk.Protocol.Task;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Containers brought back from disk. They are like any other.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.WithCheckpoints))]
[Parallelizable(ParallelScope.Self)]
public sealed class RestoreTests(string runtime) : CheckpointFixture(runtime)
{
    [Test]
    public async Task Restored_GoesOnWhereItWasAndIsLikeAnyOther()
    {
        RawShim shim = await CheckpointAsync(new CheckpointOptions { Exit = true });
        TestBundle bundle = NewCounter();
        using TestStdio stdio = NewStdio(bundle);
        FifoReader reader = Read(stdio);

        RawTask task = await RestoreAsync(shim, bundle, stdio, ImagePath);
        task.Expect(7);

        int[] numbers = await CountedAsync(reader);
        Assert.That(numbers[0], Is.GreaterThanOrEqualTo(5));
        Assert.That(numbers, Is.EqualTo(Enumerable.Range(numbers[0], numbers.Length)));
        StateResponse state = await task.StateAsync();
        Assert.That(state.Status, Is.EqualTo(Status.Running));
        Assert.That(state.Pid, Is.EqualTo(task.Pid).And.GreaterThan(0));
        Assert.That((await task.StatsAsync()).Memory.Usage.Limit, Is.EqualTo(64 << 20));
        Assert.That(await task.ExecToEndAsync("exec", "sh", "-c", "exit 3"), Is.EqualTo(3));
        Assert.That(await task.ExecToEndAsync("eater", "sh", "-c", "exec tail /dev/zero"), Is.EqualTo(137));
        await Events.WaitForAsync(e => e.Message is TaskOOM && e.ContainerId == task.Id, "OOM");

        await task.KillAsync(Native.SigTerm);
        Assert.That(await task.WaitAsync(), Is.EqualTo(7));
        await task.DeleteAsync();
        Assert.That(shim.Census().Zombies, Is.Zero);
        TaskCreate created = Events.All().Select(e => e.Message).OfType<TaskCreate>().Single(message => message.ContainerId == task.Id);
        Assert.That(created.Checkpoint, Is.EqualTo(ImagePath));
        await AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Restored_WithATerminal_HasOne()
    {
        RawShim shim = await CheckpointAsync(new CheckpointOptions { Exit = true }, terminal: true);
        TestBundle bundle = NewCounter(terminal: true);
        using TestStdio stdio = NewStdio(bundle);
        FifoReader reader = Read(stdio);

        RawTask task = await RestoreAsync(shim, bundle, stdio, ImagePath);
        int[] numbers = await CountedAsync(reader);
        await task.ResizeAsync(width: 91, height: 37);
        using TestStdio exec = TestStdio.Create(bundle.PathOf("exec-io"), stdout: true);
        FifoReader size = exec.Read(exec.Stdout);
        await task.ExecAsync("size", ["sh", "-c", "stty size < /proc/1/fd/1"], exec);

        await task.WaitAsync("size");
        await task.DeleteAsync("size");
        Assert.That(await size.TextAsync(), Is.EqualTo("37 91\n"));
        Assert.That(numbers[0], Is.GreaterThanOrEqualTo(5));

        // From the keyboard, so the terminal is its own.
        await stdio.WriteStdinAsync("\x03");
        Assert.That(await task.WaitAsync(), Is.EqualTo(130));
        await task.DeleteAsync();
        await Eventually.ShowsAsync(() => shim.Census().Count("ptmx"), count => count == 0, "the terminal is gone");
        await AssertNothingIsLeftAsync(shim);
    }

    /// <summary>runc's restore has no flag for it. An image that needs its parent has a link to it; these are whole, so any kernel will do.</summary>
    [Test]
    public async Task Restored_WithTheParentOfItsImage_GoesOn()
    {
        string before = Path.Combine(Site.Directory, "before");
        RawShim shim = await CheckpointAsync(new CheckpointOptions { Exit = true }, first: before);
        TestBundle bundle = NewCounter();
        using TestStdio stdio = NewStdio(bundle);
        FifoReader reader = Read(stdio);

        RawTask task = await RestoreAsync(shim, bundle, stdio, ImagePath, before);

        Assert.That((await CountedAsync(reader))[0], Is.GreaterThanOrEqualTo(5));
        await task.KillAndDeleteAsync();
        await AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Restored_ByTheOptionsOfItsRuntime_TakesTheirDirectories()
    {
        RawShim shim = await CheckpointAsync(new CheckpointOptions { Exit = true });
        TestBundle bundle = NewCounter();
        using TestStdio stdio = NewStdio(bundle);
        FifoReader reader = Read(stdio);
        string work = Directory.CreateDirectory(Path.Combine(Site.Directory, "criu-work")).FullName;

        RawTask task = await shim.CreateAsync(
            bundle,
            request => request.Options = Protocol.TypeUrls.Pack(
                Protocol.TypeUrls.RuncOptions, new Options { BinaryName = Runtime.Binary, CriuImagePath = ImagePath, CriuWorkPath = work }),
            stdio);
        await task.StartAsync();

        Assert.That((await CountedAsync(reader))[0], Is.GreaterThanOrEqualTo(5));
        Assert.That(File.Exists(Path.Combine(work, "restore.log")));
        await task.KillAndDeleteAsync();
        await AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Restore_OfABrokenImage_FailsAndLeavesNothing([Values] bool terminal)
    {
        RawShim shim = await CheckpointAsync(new CheckpointOptions { Exit = true }, terminal);
        File.Delete(Directory.EnumerateFiles(ImagePath, "core-*.img").First());
        TestBundle bundle = NewCounter(terminal);
        using TestStdio stdio = NewStdio(bundle);
        Read(stdio);

        RpcException? failure = await Assert.CatchAsync<RpcException>(() => RestoreAsync(shim, bundle, stdio, ImagePath));

        Assert.That(failure?.Status.Detail, Does.StartWith("OCI runtime restore failed: " + CriuFailed("restoring")));
        Assert.That(File.Exists(bundle.PathOf("work/restore.log")));
        Assert.That((await shim.Client.StateAsync(new StateRequest { Id = bundle.Id }, RawShim.Within())).Status, Is.EqualTo(Status.Created));
        await shim.Client.DeleteAsync(new DeleteRequest { Id = bundle.Id }, RawShim.Within());
        Assert.That(shim.Census().Count("ptmx"), Is.Zero);
        await Eventually.ShowsAsync(shim.Census, census => census.Zombies == 0, "what criu left is collected");
        await AssertNothingIsLeftAsync(shim);
    }

    /// <summary>Runs a counter for a while, and writes it to disk.</summary>
    /// <param name="options">How.</param>
    /// <param name="terminal">Whether it has one.</param>
    /// <param name="first">Where to write it to before, as the parent of what is written then.</param>
    private async Task<RawShim> CheckpointAsync(CheckpointOptions options, bool terminal = false, string? first = null)
    {
        TestBundle bundle = NewCounter(terminal);
        using TestStdio stdio = NewStdio(bundle);
        RawShim shim = await StartShimAsync(bundle);
        FifoReader reader = Read(stdio);
        RawTask task = await shim.RunAsync(bundle, stdio);
        await CountedAsync(reader);
        if (first is not null)
        {
            await task.CheckpointAsync(first, new CheckpointOptions());
        }

        await task.CheckpointAsync(ImagePath, options);
        await task.WaitAsync();
        await task.DeleteAsync();
        return shim;
    }
}
