using System.Diagnostics;
using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using NSubstitute;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class SurvivorsTests
{
    [Test]
    public async Task End_ProcessThatEndsWhileItsCgroupIsLookedUp_LeavesThatCgroupAlone()
    {
        using TempDirectory directory = new();
        using Process init = Process.Start("/bin/sleep", "60");
        ProcessRecord record = ProcessIdentity.Mark(new ProcessRecord { Id = "c1", Phase = RecordPhase.Running, Bundle = directory.Path }, init.Id);
        File.WriteAllBytes(directory["container.json"], RecordFile.Format(record));
        ICgroup strangers = Substitute.For<ICgroup>();
        ICgroupLoader loader = Substitute.For<ICgroupLoader>();
        loader.Load(init.Id).Returns(_ =>
        {
            // Its number may be taken again from now on.
            init.Kill();
            init.WaitForExit();
            return strangers;
        });

        await new Survivors(Substitute.For<IBundleStore>(), loader, TimeProvider.System).EndAsync(directory.Path, "c1", CancellationToken.None);

        loader.Received(1).Load(init.Id);
        strangers.DidNotReceive().Thaw();
        await strangers.DidNotReceiveWithAnyArgs().KillAllAsync(default);
        strangers.Received(1).Dispose();
    }
}
