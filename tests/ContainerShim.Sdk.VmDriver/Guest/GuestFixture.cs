using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>One shim in a machine with nothing but cgroup v2.</summary>
public abstract class GuestFixture : ShimFixture
{
    /// <summary>What differs between the runtimes is tested with both; else this one, since each start of a Go program takes an emulator half a second.</summary>
    private protected const string Crun = "crun";

    private RawShim? _shim;

    private protected RawShim Shim => _shim ?? throw new InvalidOperationException("no shim was started");

    [SetUp]
    public void LeaveOrphansToInit() => Orphans.LeaveToInit();

    /// <summary>Starts a container, and first its shim.</summary>
    private protected async Task<GuestTask> RunAsync(BundleOptions options, string runtime = Crun)
    {
        GuestTask task = await CreateAsync(options, runtime);
        await task.Task.StartAsync();
        return task;
    }

    private protected async Task<GuestTask> CreateAsync(BundleOptions options, string runtime = Crun)
    {
        TestBundle bundle = Site.NewBundle(options);
        _shim = await Site.StartShimAsync(bundle);
        return new GuestTask(_shim, bundle, await _shim.CreateAsync(bundle, runtime: runtime));
    }

    /// <summary>Removes the container and ends the shim; nothing may be left.</summary>
    private protected async Task EndAsync(GuestTask task)
    {
        if ((await task.Task.StateAsync()).Status != Protocol.Types.Status.Stopped)
        {
            await task.Task.KillAsync();
            await task.Task.WaitAsync();
        }

        await task.Task.DeleteAsync();
        await Shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }
}
