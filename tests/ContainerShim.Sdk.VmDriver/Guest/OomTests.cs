using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>The OOM killer under cgroup v2: <c>memory.events</c>.</summary>
public sealed class OomTests : GuestFixture
{
    private const long Limit = 16 * 1024 * 1024;
    private const string TooMuch = "dd if=/dev/zero of=/dev/null bs=64M count=1";

    [Test]
    public async Task Oom_OfInitAtOnce_IsToldBeforeItsExit()
    {
        GuestTask task = await RunAsync(new BundleOptions { MemoryLimit = Limit, Args = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"] });
        task.Task.Expect(137);

        Assert.That(await task.Task.WaitAsync(), Is.EqualTo(137));
        await Events.ExitAsync(task.Task.Id);

        Assert.That(Topics(), Is.EqualTo((Type[])[typeof(TaskCreate), typeof(TaskStart), typeof(TaskOOM), typeof(TaskExit)]));
        await EndAsync(task);
    }

    [Test]
    public async Task Oom_OfAChildOfInit_IsToldWhileInitRuns()
    {
        GuestTask task = await RunAsync(new BundleOptions { MemoryLimit = Limit, Args = ["sh", "-c", $"{TooMuch}; sleep 1000"] });

        await OomAsync(task);

        Assert.That(task.ReadTable("memory.events")["oom_kill"], Is.EqualTo(1));
        Assert.That((await task.StatsAsync()).MemoryEvents.OomKill, Is.EqualTo(1));
        Assert.That(ProcFs.IsAlive(task.Task.Pid));
        await EndAsync(task);
    }

    [Test]
    public async Task Oom_InTheFirstMomentOfManyContainers_IsToldOnceByEachBeforeItsExit()
    {
        BundleOptions options = new() { MemoryLimit = Limit, Group = "oom", Args = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"] };
        TestBundle first = Site.NewBundle(options);
        RawShim shim = await Site.StartShimAsync(first);
        TestBundle[] bundles = [first, .. Enumerable.Range(0, 5).Select(_ => Site.NewBundle(options))];

        foreach (TestBundle bundle in bundles)
        {
            RawTask task = await shim.RunAsync(bundle, runtime: Crun);
            task.Expect(137);
            await Events.ExitAsync(task.Id);
            await task.DeleteAsync();
            await Events.WaitForAsync(e => e.ContainerId == task.Id && e.Message is TaskDelete, "its deletion");
        }

        Assert.That(Topics().Count(type => type == typeof(TaskOOM)), Is.EqualTo(bundles.Length));
        foreach (TestBundle bundle in bundles)
        {
            Assert.That(
                Events.All().Where(e => e.ContainerId == bundle.Id).Select(e => e.Message.GetType()),
                Is.EqualTo((Type[])[typeof(TaskCreate), typeof(TaskStart), typeof(TaskOOM), typeof(TaskExit), typeof(TaskDelete)]));
        }

        await shim.ShutdownAsync();
    }

    [Test]
    public async Task Oom_OfAnExec_IsTold()
    {
        GuestTask task = await RunAsync(new BundleOptions { MemoryLimit = Limit });

        Assert.That(await task.Task.ExecToEndAsync("greedy", "sh", "-c", $"{TooMuch} & wait $!"), Is.EqualTo(137));

        await OomAsync(task);
        await EndAsync(task);
    }

    [Test]
    public async Task Oom_OfANestedCgroup_IsTold()
    {
        GuestTask task = await RunAsync(new BundleOptions());
        string nested = Path.Combine(task.Cgroup, "nested");
        string main = Path.Combine(task.Cgroup, "main");
        Directory.CreateDirectory(main);
        await File.WriteAllTextAsync(Path.Combine(main, "cgroup.procs"), $"{task.Task.Pid}");
        await File.WriteAllTextAsync(Path.Combine(task.Cgroup, "cgroup.subtree_control"), "+memory");
        Directory.CreateDirectory(nested);
        await File.WriteAllTextAsync(Path.Combine(nested, "memory.max"), "8M");

        await Command.RunAsync("sh", ["-c", $"echo $$ > {nested}/cgroup.procs; exec {TooMuch}"]);

        await OomAsync(task);
        await EndAsync(task);
    }

    [Test]
    public async Task Oom_WhereTheCgroupIsMerelyRemoved_IsNotTold()
    {
        GuestTask task = await RunAsync(new BundleOptions { MemoryLimit = Limit, Args = ["sh", "-c", "exit 3"] });
        task.Task.Expect(3);

        await Events.ExitAsync(task.Task.Id);
        await EndAsync(task);

        Assert.That(Topics(), Has.None.EqualTo(typeof(TaskOOM)));
        Assert.That(Directory.Exists(task.Cgroup), Is.False);
    }

    [Test]
    public async Task Shim_WithManyContainers_HasOneInotifyInstance()
    {
        TestBundle first = Site.NewBundle(new BundleOptions { Group = "many" });
        RawShim shim = await Site.StartShimAsync(first);
        List<RawTask> tasks = [await shim.RunAsync(first, runtime: Crun)];
        for (int i = 0; i < 4; i++)
        {
            tasks.Add(await shim.RunAsync(Site.NewBundle(new BundleOptions { Group = "many" }), runtime: Crun));
        }

        Assert.That(shim.Census().Count("anon_inode:inotify"), Is.EqualTo(1), shim.Census().ToString());
        foreach (RawTask task in tasks)
        {
            await task.KillAndDeleteAsync();
        }

        Assert.That(shim.Census().Count("anon_inode:inotify"), Is.Zero, shim.Census().ToString());
        await shim.ShutdownAsync();
    }

    private Task<RecordedEvent> OomAsync(GuestTask task) =>
        Events.WaitForAsync(e => e.Message is TaskOOM oom && oom.ContainerId == task.Task.Id, $"OOM of {task.Task.Id}");

    private IEnumerable<Type> Topics() => Events.All().Select(e => e.Message.GetType());
}
