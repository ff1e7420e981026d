using System.Reflection;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Abstractions.Tests;

[TestFixture]
public sealed class ContractTests
{
    private static readonly Assembly Subject = typeof(IShimTaskService).Assembly;

    [Test]
    public void Assembly_References_OnlyTheFramework()
    {
        IEnumerable<string?> others = Subject.GetReferencedAssemblies().Select(reference => reference.Name)
            .Where(name => name is not null && !name.StartsWith("System.", StringComparison.Ordinal));
        Assert.That(others, Is.Empty);
    }

    [Test]
    public void TaskService_Offers_TheSeventeenOperations()
    {
        string[] expected =
        [
            "CheckpointAsync", "CloseIOAsync", "ConnectAsync", "CreateAsync", "DeleteAsync", "ExecAsync", "KillAsync", "PauseAsync", "PidsAsync",
            "ResizePtyAsync", "ResumeAsync", "ShutdownAsync", "StartAsync", "StateAsync", "StatsAsync", "UpdateAsync", "WaitAsync",
        ];
        Assert.That(typeof(IShimTaskService).GetMethods().Select(method => method.Name).Order(StringComparer.Ordinal), Is.EqualTo(expected));
    }

    [Test]
    public void EveryOperation_TakesAToken_Last()
    {
        foreach (MethodInfo method in typeof(IShimTaskService).GetMethods())
        {
            ParameterInfo last = method.GetParameters()[^1];
            Assert.That(last.ParameterType, Is.EqualTo(typeof(CancellationToken)), method.Name);
            Assert.That(last.HasDefaultValue, method.Name);
        }
    }

    [Test]
    public void Records_HaveNoSetters()
    {
        IEnumerable<string> settable = Subject.GetExportedTypes()
            .Where(type => type.GetMethod("<Clone>$") is not null)
            .SelectMany(type => type.GetProperties())
            .Where(property => property.SetMethod is { } setter
                && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)))
            .Select(property => $"{property.DeclaringType}.{property.Name}");
        Assert.That(settable, Is.Empty);
    }

    [Test]
    public void PublicTypes_DoNotShadowTheFrameworks()
    {
        string[] forbidden = ["Task", "TaskStatus", "Console", "Process"];
        Assert.That(Subject.GetExportedTypes().Select(type => type.Name).Intersect(forbidden), Is.Empty);
    }

    [Test]
    public void Topics_AreThoseOfContainerd()
    {
        ProcessExit exit = new(1, 0, DateTimeOffset.UnixEpoch);
        ShimEvent[] events =
        [
            new TaskCreatedEvent("c") { Bundle = "/b", Pid = 1 }, new TaskStartedEvent("c", 1), new TaskExitedEvent("c", "c", exit),
            new TaskDeletedEvent("c") { Pid = 1, ExitCode = 0 }, new TaskOomEvent("c"), new ExecAddedEvent("c", "e"), new ExecStartedEvent("c", "e", 2),
            new TaskPausedEvent("c"), new TaskResumedEvent("c"), new TaskCheckpointedEvent("c", "/i"),
        ];
        Assert.That(events.Select(shimEvent => shimEvent.Topic), Is.EqualTo((string[])
        [
            "/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete", "/tasks/oom", "/tasks/exec-added", "/tasks/exec-started",
            "/tasks/paused", "/tasks/resumed", "/tasks/checkpointed",
        ]));
    }
}
