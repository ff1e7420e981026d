using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>The rules that watch all tests of the shim notice what they are there for.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class EventRulesTests
{
    private static readonly Timestamp Now = Timestamp.FromDateTime(DateTime.UtcNow);

    private static readonly RecordedEvent Create = Event(TypeUrls.TaskCreate, new TaskCreate { ContainerId = "c", Pid = 1 });
    private static readonly RecordedEvent Start = Event(TypeUrls.TaskStart, new TaskStart { ContainerId = "c", Pid = 1 });
    private static readonly RecordedEvent Added = Event(TypeUrls.TaskExecAdded, new TaskExecAdded { ContainerId = "c", ExecId = "e" });
    private static readonly RecordedEvent ExecStart = Event(TypeUrls.TaskExecStarted, new TaskExecStarted { ContainerId = "c", ExecId = "e", Pid = 2 });
    private static readonly RecordedEvent ExecExit = Exit("e", 2, Now);
    private static readonly RecordedEvent InitExit = Exit("c", 1, Now);
    private static readonly RecordedEvent Delete = Event(TypeUrls.TaskDelete, new TaskDelete { ContainerId = "c", Pid = 1 });

    [Test]
    public void Events_InOrder_KeepTheRules()
    {
        Assert.That(Check(Create, Start, Added, ExecStart, ExecExit, InitExit, Delete), Is.Empty);
    }

    [Test]
    public void Events_OutOfOrder_AreNoticed()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Check(Create, Start, InitExit, InitExit), Has.Some.StartsWith("P1"), "a second exit");
            Assert.That(Check(Create, Start), Has.Some.StartsWith("P1"), "no exit");
            Assert.That(Check(Create, Start, Added, ExecExit, ExecStart, InitExit), Has.Some.StartsWith("P2"), "an exit before its start");
            Assert.That(Check(Create, Start, Added, ExecExit, InitExit), Has.Some.StartsWith("P2"), "an exit without a start");
            Assert.That(Check(Start, Create, InitExit), Has.Some.StartsWith("P2, P3"), "a start before the creation");
            Assert.That(Check(Create, Delete), Has.Some.StartsWith("P2, P3"), "a deletion without an exit");
            Assert.That(Check(Create, Start, Added, ExecStart, InitExit, ExecExit), Has.Some.StartsWith("P4"), "an exit after init's");
            Assert.That(Check(Create, Start, Exit("c", 1, new Timestamp())), Has.Some.StartsWith("P5"), "a late exit");
            Assert.That(Check(Create, Start, Exit("c", 0, Now)), Has.Some.StartsWith("P12"), "no pid");
        });
    }

    [Test]
    public void Facts_AgainstTheEvents_AreNoticed()
    {
        ShimFacts facts = new();
        facts.Answers.Enqueue(("Wait", "c", "c", 3, Now));
        facts.Expected[("c", "c")] = 3;
        facts.NeverStarted[("c", "c")] = true;

        IReadOnlyList<string> violations = EventRules.Check([Create, Start, InitExit], facts, _ => true, isPrompt: true);

        Assert.That(violations, Has.Some.StartsWith("P6").And.Some.StartsWith("P7").And.Some.StartsWith("P8"));
    }

    private static IReadOnlyList<string> Check(params RecordedEvent[] events) => EventRules.Check(events, new ShimFacts(), _ => true, isPrompt: true);

    private static RecordedEvent Exit(string id, uint pid, Timestamp at) =>
        Event(TypeUrls.TaskExit, new TaskExit { ContainerId = "c", Id = id, Pid = pid, ExitedAt = at });

    private static RecordedEvent Event(string type, IMessage message) =>
        RecordedEvent.Of(new Envelope { Topic = EventTopics.Of(type), Event = TypeUrls.Pack(type, message) }, session: 1);
}
