using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary><c>cgroup.freeze</c>.</summary>
public sealed class FreezeTests : GuestFixture
{
    private GuestTask _task = null!;

    [SetUp]
    public async Task Run() => _task = await RunAsync(new BundleOptions());

    [Test]
    public async Task Container_PausedAndResumed_IsFrozenBetween()
    {
        await _task.Task.PauseAsync();
        await _task.WaitForAsync("cgroup.events", "frozen 1");
        Assert.That((await _task.Task.StateAsync()).Status, Is.EqualTo(Status.Paused));

        await _task.ResumeAsync();

        Assert.That(_task.Read("cgroup.freeze"), Is.EqualTo("0"));
        Assert.That((await _task.Task.StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That(await _task.Task.ExecToEndAsync("exec", "true"), Is.Zero);
        Assert.That(Events.All().Select(e => e.Message.GetType()), Has.Member(typeof(TaskPaused)).And.Member(typeof(TaskResumed)));
        await EndAsync(_task);
    }

    [Test]
    public async Task Kill_OfAPausedContainer_EndsIt()
    {
        await _task.Task.PauseAsync();
        await _task.WaitForAsync("cgroup.events", "frozen 1");
        _task.Task.Expect(137);

        await _task.Task.KillAsync();

        Assert.That(await _task.Task.WaitAsync(), Is.EqualTo(137));
        await EndAsync(_task);
    }

    [Test]
    public async Task Exec_OfAContainerFrozenFromOutside_EndsOnceItIsThawed()
    {
        await _task.Task.ExecAsync("exec", ["sh", "-c", "trap 'exit 5' TERM; while :; do sleep 0.1; done"]);
        await Freeze("1");
        _task.Task.Expect(5, "exec");
        await _task.Task.KillAsync(Native.SigTerm, "exec");
        Assert.That((await _task.Task.StateAsync("exec")).Status, Is.Not.EqualTo(Status.Stopped));

        await Freeze("0");

        Assert.That(await _task.Task.WaitAsync("exec"), Is.EqualTo(5));
        await _task.Task.DeleteAsync("exec");
        await EndAsync(_task);
    }

    [Test]
    public async Task Init_KilledWhileItsNestedCgroupIsFrozen_TakesTheFrozenWithIt()
    {
        string nested = Path.Combine(_task.Cgroup, "nested");
        int pid = await _task.Task.ExecAsync("exec", ["sleep", "1000"]);
        Directory.CreateDirectory(nested);
        await File.WriteAllTextAsync(Path.Combine(nested, "cgroup.procs"), $"{pid}");
        await File.WriteAllTextAsync(Path.Combine(nested, "cgroup.freeze"), "1");
        await Eventually.ShowsAsync(() => File.ReadAllText(Path.Combine(nested, "cgroup.events")), text => text.Contains("frozen 1", StringComparison.Ordinal), "frozen");
        _task.Task.Expect(137);
        _task.Task.Expect(137, "exec");

        await _task.Task.KillAsync();

        Assert.That(await _task.Task.WaitAsync(), Is.EqualTo(137));
        Assert.That(await _task.Task.WaitAsync("exec"), Is.EqualTo(137));
        await EndAsync(_task);
    }

    private async Task Freeze(string value)
    {
        await File.WriteAllTextAsync(Path.Combine(_task.Cgroup, "cgroup.freeze"), value);
        await _task.WaitForAsync("cgroup.events", $"frozen {value}");
    }
}
