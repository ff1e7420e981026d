namespace ContainerShim.Sdk.Protocol.Tests;

public sealed class EventTopicsTests
{
    private static IEnumerable<string> Events =>
        CompiledProtocol.TypeNames.Where(name => name.StartsWith("containerd.events.", StringComparison.Ordinal) && name != "containerd.events.TaskIO");

    [TestCaseSource(nameof(Events))]
    public void Of_EveryEvent_IsATopicOfItsOwnThatContainerdAccepts(string typeUrl)
    {
        string topic = EventTopics.Of(typeUrl);
        Assert.That(topic, Does.Match("^/(tasks|sandboxes)/[a-z]+(-[a-z]+)*$"));
        Assert.That(Events.Where(other => EventTopics.Of(other) == topic), Is.EqualTo(new[] { typeUrl }));
    }

    [TestCase("containerd.events.TaskCreate", "/tasks/create")]
    [TestCase("containerd.events.TaskStart", "/tasks/start")]
    [TestCase("containerd.events.TaskDelete", "/tasks/delete")]
    [TestCase("type.googleapis.com/containerd.events.TaskExit", "/tasks/exit")]
    [TestCase("containerd.events.TaskOOM", "/tasks/oom")]
    [TestCase("containerd.events.TaskExecAdded", "/tasks/exec-added")]
    [TestCase("containerd.events.TaskExecStarted", "/tasks/exec-started")]
    [TestCase("containerd.events.TaskPaused", "/tasks/paused")]
    [TestCase("containerd.events.TaskResumed", "/tasks/resumed")]
    [TestCase("containerd.events.TaskCheckpointed", "/tasks/checkpointed")]
    [TestCase("containerd.events.SandboxCreate", "/sandboxes/create")]
    [TestCase("containerd.events.SandboxStart", "/sandboxes/start")]
    [TestCase("containerd.events.SandboxExit", "/sandboxes/exit")]
    [TestCase("containerd.events.TaskIO", "?")]
    [TestCase("containerd.events.ContainerCreate", "?")]
    public void Of_TypeUrl_IsTheTopicThatClientsSubscribeTo(string typeUrl, string topic)
    {
        Assert.That(EventTopics.Of(typeUrl), Is.EqualTo(topic));
    }
}
