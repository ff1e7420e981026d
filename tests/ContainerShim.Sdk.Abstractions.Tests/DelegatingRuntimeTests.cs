using System.Reflection;
using ContainerShim.Sdk.Runtimes;
using NSubstitute;

namespace ContainerShim.Sdk.Abstractions.Tests;

internal sealed class DelegatingRuntimeTests
{
    private static IEnumerable<MethodInfo> Calls() => typeof(IOciRuntime).GetMethods()
        .Concat(typeof(ICheckpointableRuntime).GetMethods().Where(static method => !method.IsSpecialName));

    [TestCaseSource(nameof(Calls))]
    public void EveryCall_IsHandedOnWithItsArguments(MethodInfo call)
    {
        IOciRuntime inner = (IOciRuntime)Substitute.For([typeof(IOciRuntime), typeof(ICheckpointableRuntime)], []);
        object?[] arguments = [.. call.GetParameters().Select(static parameter => parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null)];

        call.Invoke(new Wrapper(inner), arguments);

        NSubstitute.Core.ICall received = inner.ReceivedCalls().Single();
        Assert.That(received.GetMethodInfo(), Is.EqualTo(call));
        Assert.That(received.GetArguments(), Is.EqualTo(arguments));
    }

    [Test]
    public void CanCheckpoint_IsWhatTheInnermostCan()
    {
        IOciRuntime can = (IOciRuntime)Substitute.For([typeof(IOciRuntime), typeof(ICheckpointableRuntime)], []);
        ((ICheckpointableRuntime)can).CanCheckpoint.Returns(true);

        Assert.That(new Wrapper(new Wrapper(can)).CanCheckpoint);
        Assert.That(new Wrapper(new Wrapper(Substitute.For<IOciRuntime>())).CanCheckpoint, Is.False);
    }

    [Test]
    public async Task Checkpoint_OfARuntimeThatCannot_IsUnimplemented()
    {
        Wrapper wrapper = new(Substitute.For<IOciRuntime>());
        RuntimeContainer container = new() { Id = "c", Bundle = "/b", ContainerdNamespace = "n" };

        ShimException? checkpoint = await Assert.ThrowsAsync<ShimException>(() => wrapper.CheckpointAsync(container, new RuntimeCheckpoint { ImagePath = "/i" }));
        ShimException? restore = await Assert.ThrowsAsync<ShimException>(
            () => wrapper.RestoreAsync(container, new RuntimeRestore { ImagePath = "/i", Stdio = RuntimeStdio.None }));

        Assert.That((checkpoint!.Code, restore!.Code), Is.EqualTo((ShimErrorCode.Unimplemented, ShimErrorCode.Unimplemented)));
    }

    private sealed class Wrapper(IOciRuntime inner) : DelegatingRuntime(inner);
}
