using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>
/// A site of its own for each test, of which nothing is left afterwards. All events of every test must keep the <see cref="EventRules"/>.
/// Needs root.
/// </summary>
/// <param name="runtime">The name of what the shim calls where a test does not say otherwise.</param>
/// <remarks>Fixtures in which times are compared run alone; the others next to the one that waits for a minute.</remarks>
public abstract class ShimFixture(string runtime = TestedRuntime.Runc)
{
    private ShimSite? _site;

    private protected ShimSite Site => _site ?? throw new InvalidOperationException("the test has not begun");

    private protected EventRecorder Events => Site.Events;

    /// <summary>Whether the shim ends before its containers, so that nobody tells of their ends.</summary>
    private protected bool ShimEndsFirst { get; set; }

    /// <summary>Whether the receiver of the events is there all the time.</summary>
    private protected bool HearsPromptly { get; set; }

    private protected TestedRuntime Runtime { get; } = TestedRuntime.Of(runtime);

    [SetUp]
    public void MakeSite()
    {
        ShimEndsFirst = false;
        HearsPromptly = true;
        _site = ShimSite.Create(Runtime);
    }

    [TearDown]
    public async Task CheckEventsAndRemoveSite()
    {
        if (_site is null)
        {
            return;
        }

        IReadOnlyList<RecordedEvent> events = [];
        IReadOnlyList<string> violations = [];
        bool passed = TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Passed;
        try
        {
            // A Wait is answered before its event has arrived, so that the exit of the last process may be under way.
            await Eventually.TryAsync(
                () =>
                {
                    events = Events.All();
                    violations = EventRules.Check(events, Site.Facts, pid => !ShimEndsFirst && !ProcFs.IsAlive(pid), HearsPromptly);
                    return violations.Count == 0;
                },
                passed ? EventRules.LatestArrival : TimeSpan.Zero);
            if (!passed || violations.Count > 0)
            {
                await TestContext.Out.WriteLineAsync($"{string.Join('\n', events.TakeLast(20))}\n{string.Join("\n", Site.Logs().Split("\n").TakeLast(20))}\n{Site.Left()}");
            }
        }
        finally
        {
            await _site.DisposeAsync();
        }

        Assert.That(violations, Is.Empty);
    }
}
