using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Crun;

/// <summary>The tests of <see cref="KillTests"/> with crun.</summary>
public sealed class CrunKillTests : KillTests
{
    private protected override TestedRuntime Runtime => TestedRuntime.Crun;
}
