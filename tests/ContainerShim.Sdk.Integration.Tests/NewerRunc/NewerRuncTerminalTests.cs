using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.NewerRunc;

/// <summary>The tests of <see cref="TerminalTests"/> with the runc of Debian sid.</summary>
public sealed class NewerRuncTerminalTests : TerminalTests
{
    private protected override TestedRuntime Runtime => TestedRuntime.NewerRunc;
}
