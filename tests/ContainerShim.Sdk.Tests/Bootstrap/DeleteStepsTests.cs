using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol.Task;
using ContainerShim.Sdk.Runtimes;
using NSubstitute;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class DeleteStepsTests
{
    private readonly IOciRuntime _runtime = Substitute.For<IOciRuntime>();
    private readonly IMounter _mounter = Substitute.For<IMounter>();
    private readonly IBundleStore _bundles = Substitute.For<IBundleStore>();
    private readonly ShimFlags _flags = ShimFlags.Parse(["-namespace", "test", "-id", $"c{Guid.NewGuid():N}", "delete"]);

    [Test]
    public async Task Delete_AStepFails_TheOthersAreDoneAndTheAnswerIsWritten()
    {
        // As the first system call of a step fails for want of descriptors.
        _bundles.ReadInitPid("").ReturnsForAnyArgs(static _ => throw new LinuxException(24, "open"), static _ => 0);
        _runtime.DeleteAsync(null!, default, default).ReturnsForAnyArgs(static _ => throw new InvalidOperationException("a defect"));
        _mounter.UnmountAsync("", default).ReturnsForAnyArgs(static _ => throw ShimException.ResourceExhausted("no thread"));
        DeleteCommand command = new(
            _runtime, Substitute.For<IProcessMonitor>(), Substitute.For<ICgroupLoader>(), _mounter, _bundles, TimeProvider.System);
        using MemoryStream output = new();
        using StringWriter warnings = new();

        await command.RunAsync(_flags, output, warnings);

        Assert.That(DeleteResponse.Parser.ParseFrom(output.ToArray()).ExitStatus, Is.EqualTo(137));
        Assert.That(warnings.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(new[]
        {
            "failed to end processes: open: too many open files",
            "failed to remove runc container: a defect",
            "failed to clean up rootfs mount: no thread: resource exhausted",
        }));
        await _runtime.ReceivedWithAnyArgs(1).DeleteAsync(null!, default, default);
        await _mounter.ReceivedWithAnyArgs(1).UnmountAsync("", default);
    }
}
