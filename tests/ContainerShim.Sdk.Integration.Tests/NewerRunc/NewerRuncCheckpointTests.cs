using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.NewerRunc;

/// <summary>The tests of <see cref="CheckpointTests"/> with the runc of Debian sid.</summary>
public sealed class NewerRuncCheckpointTests : CheckpointTests
{
    private protected override TestedRuntime Runtime => TestedRuntime.NewerRunc;
}
