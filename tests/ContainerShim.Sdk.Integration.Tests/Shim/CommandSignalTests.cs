using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>The commands finish what they have begun, though containerd's process group be told to end.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class CommandSignalTests : ShimFixture
{
    [TestCase(Native.SigTerm)]
    [TestCase(Native.SigInt)]
    public async Task Start_ToldToEnd_StillTellsTheAddress(int signal)
    {
        TestBundle bundle = Site.NewBundle();
        string input = bundle.PathOf("input");
        string pidFile = bundle.PathOf("start.pid");
        Native.MakeFifo(input);
        Task<ShimInvocation> start = Site.InvokeAsync("start", bundle, ["sh", "-c", $"echo $$ > {pidFile}; exec \"$@\" < {input}", "sh"]);
        await using (FileStream writer = new(input, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
        {
            int pid = int.Parse(await File.ReadAllTextAsync(pidFile), CultureInfo.InvariantCulture);
            await IgnoresAsync(pid, signal);

            Native.Signal(pid, signal);
        }

        RawShim shim = await Site.ConnectAsync(bundle, Encoding.UTF8.GetString((await start).EnsureSuccess().Output));
        shim.Signal(signal);
        await shim.GoneAsync();
    }

    [TestCase(Native.SigTerm)]
    [TestCase(Native.SigInt)]
    public async Task Delete_ToldToEnd_StillCleansUp(int signal)
    {
        ShimEndsFirst = true;
        TestBundle bundle = Site.NewBundle();
        HungRuntime runtime = new(Site, "delete", bundle.Id);
        RawShim shim = await Site.StartShimAsync(bundle);
        await shim.RunAsync(bundle, runtime: runtime.Path);
        await shim.Kill9Async();
        string pidFile = bundle.PathOf("delete.pid");
        Task<ShimInvocation> delete = Site.InvokeAsync("delete", bundle, ["sh", "-c", $"echo $$ > {pidFile}; exec \"$@\"", "sh"]);
        await runtime.HangsAsync();
        int pid = int.Parse(await File.ReadAllTextAsync(pidFile), CultureInfo.InvariantCulture);

        Native.Signal(pid, signal);
        Assert.That(ProcFs.IsAlive(pid));
        runtime.LetGo();

        (await delete).EnsureSuccess();
        await Site.AssertNothingIsLeftAsync();
    }

    /// <summary>Waits until the command has come so far: before, it has begun nothing.</summary>
    private static Task IgnoresAsync(int pid, int signal) => Eventually.ShowsAsync(
        () => long.Parse(ProcessCensus.Status(pid.ToString(CultureInfo.InvariantCulture))["SigIgn"], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        ignored => (ignored & (1L << (signal - 1))) != 0,
        "the command has begun");
}
