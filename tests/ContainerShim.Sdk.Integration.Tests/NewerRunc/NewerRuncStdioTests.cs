using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.NewerRunc;

/// <summary>The tests of <see cref="StdioTests"/> with the runc of Debian sid.</summary>
public sealed class NewerRuncStdioTests : StdioTests
{
    private protected override TestedRuntime Runtime => TestedRuntime.NewerRunc;
}
