using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Bootstrap;
using Google.Protobuf;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>What <c>start</c> takes from its caller.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class StartTests(string runtime) : ShimFixture(runtime)
{
    [TestCase(LogLevel.Trace, true)]
    [TestCase(LogLevel.Debug, true)]
    [TestCase(LogLevel.Info, false)]
    [TestCase(LogLevel.Error, false)]
    public async Task Parameters_WithALogLevel_SetThatOfTheShim(LogLevel level, bool isDebug)
    {
        TestBundle bundle = Site.NewBundle();
        BootstrapParams parameters = new() { InstanceId = bundle.Id, Namespace = Site.Namespace, LogLevel = level, ContainerdVersion = "2.3.4" };
        ShimInvocation start = (await Site.InvokeAsync("start", bundle, input: parameters.ToByteArray())).EnsureSuccess();
        BootstrapResult result = BootstrapResult.Parser.ParseFrom(start.Output);

        RawShim shim = await Site.ConnectAsync(bundle, result.Address);

        string[] arguments = (await File.ReadAllTextAsync($"/proc/{shim.Pid}/cmdline")).Split('\0');
        Assert.That((result.Version, result.Protocol, arguments.Contains("-debug")), Is.EqualTo((3, "ttrpc", isDebug)));
        await shim.ShutdownAsync();
    }

    [Test]
    public async Task CoreScheduling_WhereTheKernelHasIt_IsTheShimsAndElseTheReasonIsTold()
    {
        TestBundle bundle = Site.NewBundle();
        ShimInvocation start = await Site.InvokeAsync("start", bundle, prefix: ["env", "SCHED_CORE=1"]);

        if (start.ExitCode != 0)
        {
            // Built without it, or a machine whose cores run one thread each.
            Assert.That(start.Errors, Does.Match("prctl PR_SCHED_CORE: (invalid argument|no such device)"));
            Assert.That(Native.CoreSchedulingCookie(Environment.ProcessId), Is.Null.Or.Zero);
            await Site.AssertNothingIsLeftAsync();
            return;
        }

        RawShim shim = await Site.ConnectAsync(bundle, System.Text.Encoding.UTF8.GetString(start.Output));
        Assert.That(Native.CoreSchedulingCookie(shim.Pid), Is.Not.Null.And.Not.Zero);
        await shim.ShutdownAsync();
    }
}
