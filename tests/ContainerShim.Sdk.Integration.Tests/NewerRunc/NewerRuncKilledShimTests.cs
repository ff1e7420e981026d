using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.NewerRunc;

/// <summary>The tests of <see cref="KilledShimTests"/> with the runc of Debian sid.</summary>
public sealed class NewerRuncKilledShimTests : KilledShimTests
{
    private protected override TestedRuntime Runtime => TestedRuntime.NewerRunc;
}
