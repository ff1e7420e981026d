using System.Globalization;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>
/// What the shim costs beside containerd's Go shim, on the same machine in the same minute: memory, and processor time for output, which other
/// load hardly changes. The bounds say only that it is not the dearer one; docs/limits.md has the figures.
/// </summary>
public sealed class CostTests : ShimFixture
{
    private const int Execs = 40;
    private const int OutputSize = 256 << 20;

    [Test]
    public async Task Shim_BesideTheReference_IsNotTheDearerOne()
    {
        Cost theirs = await MeasureAsync(ShimSite.ReferenceShim);
        Cost ours = await MeasureAsync(shim: null);

        await TestContext.Out.WriteLineAsync($"ours {ours}, theirs {theirs}");
        Assert.That(ours.Resident, Is.LessThan(theirs.Resident));
        Assert.That(ours.Anonymous, Is.LessThan(theirs.Anonymous));
        Assert.That(ours.OutputTicks, Is.LessThan(theirs.OutputTicks));
    }

    private async Task<Cost> MeasureAsync(string? shim)
    {
        TestBundle bundle = Site.NewBundle();
        RawShim running = await Site.StartShimAsync(bundle, shim: shim);
        RawTask task = await running.RunAsync(bundle);
        for (int number = 0; number < Execs; number++)
        {
            string id = $"exec-{number}";
            await task.ExecAsync(id, ["true"]);
            Assert.That(await task.WaitAsync(id), Is.Zero);
            await task.DeleteAsync(id);
        }

        long before = Ticks(running.Pid);
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true, stderr: true);
        FifoReader output = stdio.Read(stdio.Stdout), errors = stdio.Read(stdio.Stderr);
        await task.ExecAsync("output", ["head", "-c", $"{OutputSize}", "/dev/zero"], stdio);
        Assert.That(await task.WaitAsync("output"), Is.Zero);
        await task.DeleteAsync("output");
        Assert.That((await output.End).Length, Is.EqualTo(OutputSize));
        await errors.End;
        Cost cost = Cost.Of(running.Pid) with { OutputTicks = Ticks(running.Pid) - before };
        await task.KillAndDeleteAsync();
        await running.ShutdownAsync();
        return cost;
    }

    /// <summary>Processor time since the start of a process, in hundredths of a second.</summary>
    private static long Ticks(int pid)
    {
        string[] stat = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ');
        return Number(stat[11]) + Number(stat[12]);
    }

    private static long Number(string text) => long.Parse(text.Trim(), CultureInfo.InvariantCulture);

    /// <summary>Of one process: memory in KiB, and processor time for the output.</summary>
    private sealed record Cost(long Resident, long Anonymous, long OutputTicks = 0)
    {
        public static Cost Of(int pid)
        {
            Dictionary<string, string> memory = File.ReadLines($"/proc/{pid}/smaps_rollup").Skip(1)
                .Select(static line => line.Split(':', 2)).ToDictionary(static pair => pair[0], static pair => pair[1].Replace("kB", "", StringComparison.Ordinal));
            return new Cost(Number(memory["Rss"]), Number(memory["Anonymous"]));
        }
    }
}
