using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.NewerRunc;

/// <summary>The tests of <see cref="GroupTests"/> with the runc of Debian sid.</summary>
public sealed class NewerRuncGroupTests : GroupTests
{
    private protected override TestedRuntime Runtime => TestedRuntime.NewerRunc;
}
