using System.Diagnostics;
using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using NSubstitute;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class SurvivorsTests
{
    [Test]
    public async Task End_ProcessThatEndsWhileItsCgroupIsLookedUp_LeavesThatCgroupAlone()
    {
        using TempDirectory directory = new();
        using Process init = Process.Start("/bin/sleep", "60");
        WriteRecord(directory, init, cgroup: null);
        ICgroup strangers = Substitute.For<ICgroup>();
        ICgroupLoader loader = Substitute.For<ICgroupLoader>();
        loader.Load(init.Id).Returns(_ =>
        {
            // Its number may be taken again from now on.
            init.Kill();
            init.WaitForExit();
            return strangers;
        });

        await new Survivors(Substitute.For<IBundleStore>(), loader, TimeProvider.System).EndAsync(directory.Path, "c1", CancellationToken.None);

        loader.Received(1).Load(init.Id);
        strangers.DidNotReceive().Thaw();
        await strangers.DidNotReceiveWithAnyArgs().KillAllAsync(default);
        strangers.Received(1).Dispose();
    }

    [Test]
    public async Task End_CgroupOnRecord_KillsInThatOneWhereverTheProcessIs()
    {
        using TempDirectory directory = new();
        using Process init = Process.Start("/bin/sleep", "60");
        WriteRecord(directory, init, "9:pids:/k8s.io/c1\n");
        ICgroup own = Substitute.For<ICgroup>();
        ICgroupLoader loader = Substitute.For<ICgroupLoader, ILocatedCgroups>();
        ((ILocatedCgroups)loader).Find("9:pids:/k8s.io/c1\n").Returns(own);

        await EndAsync(directory, loader);

        loader.DidNotReceiveWithAnyArgs().Load(default);
        await own.Received(1).KillAllAsync(Arg.Any<CancellationToken>());
        Assert.That(init.WaitForExit(TimeSpan.FromSeconds(10)));
    }

    [TestCase("", false)]
    [TestCase("9:pids:/k8s.io/c1\n", true)]
    public async Task End_NoneOrAGoneCgroupOnRecord_LooksForNoOther(string location, bool isAskedFor)
    {
        using TempDirectory directory = new();
        using Process init = Process.Start("/bin/sleep", "60");
        WriteRecord(directory, init, location);
        ICgroupLoader loader = Substitute.For<ICgroupLoader, ILocatedCgroups>();
        ILocatedCgroups located = (ILocatedCgroups)loader;
        located.Find(location).Returns(_ => throw ShimException.NotFound("it is gone"));

        await EndAsync(directory, loader);

        located.Received(isAskedFor ? 1 : 0).Find(location);
        loader.DidNotReceiveWithAnyArgs().Load(default);
        Assert.That(init.WaitForExit(TimeSpan.FromSeconds(10)), "it is known by its record");
    }

    [Test]
    public async Task End_NoCgroupOnRecord_KillsInTheOneThatTheProcessIsInNow()
    {
        using TempDirectory directory = new();
        using Process init = Process.Start("/bin/sleep", "60");
        WriteRecord(directory, init, null);
        ICgroup now = Substitute.For<ICgroup>();
        ICgroupLoader loader = Substitute.For<ICgroupLoader, ILocatedCgroups>();
        loader.Load(init.Id).Returns(now);

        await EndAsync(directory, loader);

        await now.Received(1).KillAllAsync(Arg.Any<CancellationToken>());
        Assert.That(init.WaitForExit(TimeSpan.FromSeconds(10)));
    }

    private static void WriteRecord(TempDirectory directory, Process init, string? cgroup)
    {
        ProcessRecord record = new() { Id = "c1", Phase = RecordPhase.Running, Bundle = directory.Path, Cgroup = cgroup };
        File.WriteAllBytes(directory["container.json"], RecordFile.Format(ProcessIdentity.Mark(record, init.Id)));
    }

    private static async Task EndAsync(TempDirectory directory, ICgroupLoader loader)
    {
        IBundleStore bundles = Substitute.For<IBundleStore>();
        bundles.ReadSpec(directory.Path).Returns(new BundleSpec { SharesPidNamespace = true });
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        await new Survivors(bundles, loader, TimeProvider.System).EndAsync(directory.Path, "c1", limit.Token);
        Assert.That(limit.IsCancellationRequested, Is.False);
    }
}
