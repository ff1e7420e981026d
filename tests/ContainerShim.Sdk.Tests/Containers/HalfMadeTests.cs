using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class HalfMadeTests
{
    /// <summary>The runtime is not called before; without options its state would be looked for where containerd's containers have theirs.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public async Task Remove_OfAContainer_AsksTheRuntimeOnlyWhereItHasBeenCalled(bool optionsAreWritten)
    {
        EngineHarness engine = new();
        engine.Bundles.OptionsAreWritten = optionsAreWritten;

        await new ContainerFactory(engine.Services).RemoveHalfMadeAsync(new ProcessRecord { Id = "c", Phase = RecordPhase.Making, Bundle = "/b", HasMounts = true });

        Assert.That(engine.Calls.Made, Is.EqualTo(optionsAreWritten ? new[] { "runtime.delete c force", "unmount /b/rootfs" } : ["unmount /b/rootfs"]));
    }
}
