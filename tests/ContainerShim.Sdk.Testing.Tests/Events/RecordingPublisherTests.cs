using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Testing.Events;

namespace ContainerShim.Sdk.Testing.Tests.Events;

internal sealed class RecordingPublisherTests
{
    private readonly RecordingPublisher _publisher = new();

    [Test]
    public async Task WaitFor_EventThatIsStillToCome_EndsWhenItComes()
    {
        Task<TaskStartedEvent> waiting = _publisher.WaitForAsync<TaskStartedEvent>(static e => e.Pid == 2);
        await PublishAsync(1, new TaskStartedEvent("c", 1));
        Assert.That(waiting.IsCompleted, Is.False);

        await PublishAsync(2, new TaskStartedEvent("c", 2));

        Assert.That((await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Pid, Is.EqualTo(2));
    }

    [Test]
    public async Task Violations_EventOutOfOrder_NameTheRule()
    {
        await PublishAsync(1, new TaskDeletedEvent("c") { Pid = 1, ExitCode = 0 });

        Assert.That(_publisher.Violations, Has.One.StartsWith("P3:"));
    }

    private Task PublishAsync(long sequence, ShimEvent shimEvent) => _publisher.PublishAsync(new EventEnvelope
    {
        Sequence = sequence,
        Timestamp = default,
        ContainerdNamespace = "ns",
        Event = shimEvent,
    });
}
