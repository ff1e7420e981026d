using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Runc;

internal sealed class StrayRuntimeCallsTests
{
    [Test]
    public async Task Find_SeesOnlyCallsWithALogInThisBundle()
    {
        using OsFixture os = new();
        string bundle = $"/run/stray-test/{Guid.NewGuid():N}";
        // It stops itself: a child of it would show the same arguments until its own exec.
        SpawnRequest Request(string log) => new() { FileName = "/bin/sh", Arguments = ["sh", "-c", "kill -STOP $$", "--log", log, "create"] };
        using IProcessWatch mine = os.Spawner.Spawn(Request(bundle + "/log.json"));
        using IProcessWatch exec = os.Spawner.Spawn(Request(bundle + "/e1.log.json"));
        using IProcessWatch other = os.Spawner.Spawn(Request(bundle + "2/log.json"));
        try
        {
            IReadOnlyList<StrayRuntimeCall> found = StrayRuntimeCalls.Find(bundle);
            Assert.That(found.Select(static call => call.Pid), Is.EquivalentTo(new[] { mine.Pid, exec.Pid }));
            Assert.That(found.Select(static call => (ulong?)call.StartTime), Is.EqualTo(found.Select(static call => ProcFiles.ReadStartTime(call.Pid))));
        }
        finally
        {
            mine.Signal(9);
            exec.Signal(9);
            other.Signal(9);
            await Task.WhenAll(mine.Exited, exec.Exited, other.Exited).WaitAsync(OsFixture.Bound);
        }

        Assert.That(StrayRuntimeCalls.Find(bundle), Is.Empty);
    }
}
