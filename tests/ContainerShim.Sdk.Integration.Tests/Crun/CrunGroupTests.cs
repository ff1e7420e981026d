using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Crun;

/// <summary>The tests of <see cref="GroupTests"/> with crun.</summary>
public sealed class CrunGroupTests : GroupTests
{
    private protected override TestedRuntime Runtime => TestedRuntime.Crun;
}
