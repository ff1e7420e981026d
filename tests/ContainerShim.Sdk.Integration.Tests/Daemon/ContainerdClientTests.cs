using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Grpc;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Daemon;

/// <summary>The client against real daemons, with our shim as the source of events. Needs root, containerd and runc.</summary>
[TestFixtureSource(typeof(DaemonFixture), nameof(DaemonFixture.Versions))]
public sealed class ContainerdClientTests(Harness.ContainerdVersion version) : DaemonFixture(version)
{
    private readonly Harness.ContainerdVersion _version = version;

    [Test]
    public async Task GetVersion_OfADaemon_IsItsVersion()
    {
        Sdk.Grpc.ContainerdVersion answer = await Client.GetVersionAsync().WaitAsync(Bound);

        Assert.That(answer.Version, Does.Contain($"{_version.Version.Major}.{_version.Version.Minor}."));
    }

    [Test]
    public async Task Subscribe_WhileCtrRunsAContainerOnOurShim_SeesItsLifeInOrder()
    {
        string id = $"c-{Guid.NewGuid():N}";
        await using Subscription subscription = await Subscription.BeginAsync(Client, Containerd.Namespace);

        CommandResult run = await Containerd.Ctr.RunAsync(ContainerdVersions.DotnetRuntime, id, "sh", "-c", "exit 7");

        Assert.That(run.ExitCode, Is.EqualTo(7), run.ToString());
        IReadOnlyList<ContainerdEvent> events = await subscription.UntilAsync(static e => e.Event is TaskDeletedEvent, "the task is deleted");
        ShimEvent[] life = [.. events.Select(static e => e.Event).OfType<ShimEvent>()];
        Assert.That(life.Select(static e => e.Topic).Distinct(), Is.EqualTo(new[] { "/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete" }));
        Assert.That(life, Has.All.Property(nameof(ShimEvent.ContainerId)).EqualTo(id));
        Assert.That(life.OfType<TaskExitedEvent>().Single().Exit.ExitCode, Is.EqualTo(7));
        Assert.That(events.Select(static e => e.Topic), Has.Some.EqualTo("/containers/create"), "what is no task's comes untyped");
    }

    [Test]
    public async Task Subscribe_DaemonIsKilled_EndsAsUnavailable()
    {
        await using IAsyncEnumerator<ContainerdEvent> events = Client.SubscribeAsync().GetAsyncEnumerator();
        Task<bool> first = events.MoveNextAsync().AsTask();
        await Eventually.BecomesAsync(
            async () =>
            {
                await Client.PublishAsync(new TaskPausedEvent("c1"));
                return first.IsCompleted;
            },
            seen => seen,
            "an event is seen");
        Task<ShimException?> ended = EndOfAsync(events);

        await Containerd.Kill9Async();

        Assert.That((await ended.WaitAsync(Bound))?.Code, Is.EqualTo(ShimErrorCode.Unavailable));
    }

    [Test]
    public async Task Subscribe_FilterThatCannotBeRead_SaysSo()
    {
        await using IAsyncEnumerator<ContainerdEvent> events = Client.SubscribeAsync(["topic~="]).GetAsyncEnumerator();

        ShimException failure = (await Assert.ThrowsAsync<ShimException>(() => events.MoveNextAsync().AsTask().WaitAsync(Bound)))!;

        Assert.That(failure.Message, Does.Contain("[topic~=]").And.EndWith(": invalid argument"));
    }

    private static async Task<ShimException?> EndOfAsync(IAsyncEnumerator<ContainerdEvent> events)
    {
        try
        {
            while (await events.MoveNextAsync())
            {
            }

            return null;
        }
        catch (ShimException e)
        {
            return e;
        }
    }
}
