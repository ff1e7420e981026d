using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Types;
using ContainerShim.Sdk.Services;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Tests.Services;

internal sealed class EventMappingTests
{
    private static readonly DateTimeOffset At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567);

    private static readonly Timestamp WireAt = new() { Seconds = At.ToUnixTimeSeconds(), Nanos = 123456700 };

    private static IEnumerable<TestCaseData> Events()
    {
        yield return Case(
            new TaskCreatedEvent("c1")
            {
                Bundle = "/b",
                Rootfs = [new RootfsMount { Type = "overlay", Source = "s", Target = "/t", Options = ["ro"] }],
                Stdio = new StdioPaths { Stdin = "/in", Stdout = "/out", Stderr = "/err", Terminal = true },
                Checkpoint = "/check",
                Pid = 42,
            },
            "/tasks/create",
            new TaskCreate
            {
                ContainerId = "c1",
                Bundle = "/b",
                Rootfs = { new Mount { Type = "overlay", Source = "s", Target = "/t", Options = { "ro" } } },
                Io = new TaskIO { Stdin = "/in", Stdout = "/out", Stderr = "/err", Terminal = true },
                Checkpoint = "/check",
                Pid = 42,
            });
        yield return Case(new TaskStartedEvent("c1", 42), "/tasks/start", new TaskStart { ContainerId = "c1", Pid = 42 });
        yield return Case(
            new TaskExitedEvent("c1", "e1", new ProcessExit(42, 137, At)),
            "/tasks/exit",
            new TaskExit { ContainerId = "c1", Id = "e1", Pid = 42, ExitStatus = 137, ExitedAt = WireAt });
        yield return Case(
            new TaskDeletedEvent("c1") { Pid = 42, ExitCode = 3, ExitedAt = At }, "/tasks/delete", new TaskDelete { ContainerId = "c1", Pid = 42, ExitStatus = 3, ExitedAt = WireAt });
        yield return Case(
            new TaskDeletedEvent("c1") { Pid = 0, ExitCode = 0 },
            "/tasks/delete",
            new TaskDelete { ContainerId = "c1", ExitedAt = new Timestamp { Seconds = Protocol.WireTime.GoZeroSeconds } });
        yield return Case(new TaskOomEvent("c1"), "/tasks/oom", new TaskOOM { ContainerId = "c1" });
        yield return Case(new ExecAddedEvent("c1", "e1"), "/tasks/exec-added", new TaskExecAdded { ContainerId = "c1", ExecId = "e1" });
        yield return Case(
            new ExecStartedEvent("c1", "e1", 42), "/tasks/exec-started", new TaskExecStarted { ContainerId = "c1", ExecId = "e1", Pid = 42 });
        yield return Case(new TaskPausedEvent("c1"), "/tasks/paused", new TaskPaused { ContainerId = "c1" });
        yield return Case(new TaskResumedEvent("c1"), "/tasks/resumed", new TaskResumed { ContainerId = "c1" });
        yield return Case(
            new TaskCheckpointedEvent("c1", "/image"), "/tasks/checkpointed", new TaskCheckpointed { ContainerId = "c1", Checkpoint = "/image" });
    }

    [TestCaseSource(nameof(Events))]
    public void ToEnvelope_EveryEvent_HasItsTopicTypeAndFields(ShimEvent shimEvent, string topic, IMessage message)
    {
        Envelope expected = new()
        {
            Timestamp = WireAt,
            Namespace = "ns",
            Topic = topic,
            Event = new Any { TypeUrl = "containerd.events." + message.GetType().Name, Value = message.ToByteString() },
        };
        Envelope envelope = EventMapping.ToEnvelope(new EventEnvelope { Sequence = 1, Timestamp = At, ContainerdNamespace = "ns", Event = shimEvent });
        Assert.That(Envelope.Parser.ParseFrom(envelope.ToByteArray()), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(Events))]
    public void Decode_EveryEncodedEvent_IsItselfAgain(ShimEvent shimEvent, string topic, IMessage message)
    {
        TypedPayload payload = EventCodec.Encode(shimEvent);

        ShimEvent? decoded = EventCodec.Decode(payload with { TypeUrl = "type.googleapis.com/" + payload.TypeUrl });

        Assert.That(decoded?.Topic, Is.EqualTo(topic));
        Assert.That(EventCodec.Encode(decoded!).Value.ToArray(), Is.EqualTo(message.ToByteArray()));
    }

    [Test]
    public void Decode_OtherMessage_IsNull() => Assert.That(EventCodec.Decode(new TypedPayload("containerd.events.ImageCreate", default)), Is.Null);

    [Test]
    public void Decode_DamagedMessage_Throws() =>
        Assert.Throws<FormatException>(static () => EventCodec.Decode(new TypedPayload("containerd.events.TaskExit", new byte[] { 0x0A, 0x7F })));

    [Test]
    public void Events_AllKinds_AreCovered()
    {
        IEnumerable<System.Type> kinds = typeof(ShimEvent).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(ShimEvent)));
        Assert.That(Events().Select(static data => data.Arguments[0]!.GetType()).Distinct(), Is.EquivalentTo(kinds));
    }

    private static TestCaseData Case(ShimEvent shimEvent, string topic, IMessage message) =>
        new TestCaseData(shimEvent, topic, message).SetArgDisplayNames(shimEvent.ToString().Split(' ')[0], topic);
}
