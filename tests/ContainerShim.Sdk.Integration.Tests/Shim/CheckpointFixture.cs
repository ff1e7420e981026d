using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Containers that criu can write to disk and bring back. Needs criu, at CONTAINERSHIM_CRIU.</summary>
public abstract class CheckpointFixture(string runtime) : ShimFixture(runtime)
{
    /// <summary>Counts, so that it shows from where it goes on; ends with 7 when told to.</summary>
    private const string Counter = "trap 'exit 7' TERM; i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done";

    private protected string ImagePath => Path.Combine(Site.Directory, "image");

    private protected TestBundle NewCounter(bool terminal = false) => Site.NewBundle(new BundleOptions
    {
        Args = ["sh", "-c", Counter], Group = "g", Terminal = terminal, MemoryLimit = 64 << 20,
    });

    private protected static TestStdio NewStdio(TestBundle bundle) =>
        TestStdio.Create(bundle.PathOf("io"), stdin: bundle.Options.Terminal, stdout: true, stderr: !bundle.Options.Terminal, terminal: bundle.Options.Terminal);

    /// <summary>runc finds criu by PATH.</summary>
    private protected Task<RawShim> StartShimAsync(TestBundle bundle) =>
        Site.StartShimAsync(bundle, ["env", $"PATH={Path.GetDirectoryName(TestPaths.Criu)}:{Environment.GetEnvironmentVariable("PATH")}"]);

    /// <summary>Begins to read what a counter prints; its errors are read and left aside.</summary>
    private protected static FifoReader Read(TestStdio stdio)
    {
        if (stdio.Stderr.Length > 0)
        {
            stdio.Read(stdio.Stderr);
        }

        return stdio.Read(stdio.Stdout);
    }

    /// <summary>Waits until a counter has come some way, and returns the numbers it has printed.</summary>
    private protected static async Task<int[]> CountedAsync(FifoReader reader, int lines = 5) =>
        await Eventually.ShowsAsync(() => NumbersOf(reader.Text), numbers => numbers.Length >= lines, "it counts");

    /// <summary>What the runtime says of a failure of criu.</summary>
    private protected string CriuFailed(string doing) => Runtime.IsCrun ? $"CRIU {doing} failed" : "criu failed";

    private protected async Task AssertNothingIsLeftAsync(RawShim shim)
    {
        if (Runtime.IsCrun)
        {
            RemoveWhatCriuMade();
        }

        await Site.AssertNothingIsLeftAsync(shim);
    }

    private protected static int[] NumbersOf(string text) =>
        [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(int.Parse)];

    /// <summary>Creates a container from an image and starts it.</summary>
    private protected static async Task<RawTask> RestoreAsync(RawShim shim, TestBundle bundle, TestStdio stdio, string image, string parent = "")
    {
        RawTask task = await shim.CreateAsync(
            bundle,
            request =>
            {
                request.Checkpoint = image;
                request.ParentCheckpoint = parent;
            },
            stdio);
        Assert.That(task.Pid, Is.Zero, "there is no process yet");
        await task.StartAsync();
        return task;
    }

    /// <summary>
    /// Beside v1, the v2 hierarchy is hidden from crun, so that its containers are there where the shim is. criu makes cgroups for the
    /// restored one, which crun does not see. With v1 or v2 alone there is nothing of it.
    /// </summary>
    private void RemoveWhatCriuMade()
    {
        foreach (string cgroup in Census.CgroupsOf(Site.Namespace).Where(path => path.StartsWith("/sys/fs/cgroup/unified/", StringComparison.Ordinal)))
        {
            Directory.Delete(cgroup);
        }
    }
}
