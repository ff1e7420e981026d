using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class OomTests
{
    [Test]
    public void OomKill_Told_IsReportedOnce()
    {
        EngineHarness engine = Running();

        engine.Cgroups.OomKill("c", tell: true);
        engine.Kernel.Exit(1001, 137);

        Assert.That(engine.Events.Skip(2), Is.EqualTo(new[] { "oom c", "exit c 137" }));
    }

    [Test]
    public void OomKill_NotToldBeforeTheExit_IsReportedBeforeTheExit()
    {
        EngineHarness engine = Running();

        engine.Cgroups.OomKill("c", tell: false);
        engine.Kernel.Exit(1001, 137);

        Assert.That(engine.Events.Skip(2), Is.EqualTo(new[] { "oom c", "exit c 137" }));
        Assert.That(engine.Bundles.Exits["/bundles/c"].OomKilled);
    }

    [Test]
    public void OomKill_AfterTheExit_IsNotReported()
    {
        EngineHarness engine = Running();
        engine.Kernel.Exit(1001, 0);

        engine.Cgroups.OomKill("c", tell: true);

        Assert.That(engine.Events[^1], Is.EqualTo("exit c 0"));
        Assert.That(engine.Cgroups.OomWatches, Is.Zero);
        Assert.That(engine.Bundles.Exits["/bundles/c"].OomKilled, Is.False);
    }

    [Test]
    public void OomKill_Several_AreAllReported()
    {
        EngineHarness engine = Running();

        engine.Cgroups.OomKill("c", tell: true);
        engine.Cgroups.OomKill("c", tell: true);

        Assert.That(engine.Events.Skip(2), Is.EqualTo(new[] { "oom c", "oom c" }));
    }

    [Test]
    public void OomKill_WhileBeingCreated_IsReportedAfterTheCreation()
    {
        EngineHarness engine = new();
        engine.Publisher.OnDelivered += envelope =>
        {
            if (envelope.Event is Sdk.Events.TaskCreatedEvent)
            {
                Assert.That(engine.Cgroups.OomWatches, Is.Zero, "what comes through the watch would overtake the creation");
            }
        };

        engine.Service.CreateAsync(Requests.Create("c")).Now();

        Assert.That(engine.Cgroups.OomWatches, Is.EqualTo(1));
    }

    private static EngineHarness Running()
    {
        EngineHarness engine = new();
        engine.Run("c");
        return engine;
    }
}
