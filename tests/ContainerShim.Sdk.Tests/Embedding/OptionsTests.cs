using System.Reflection;
using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tests.Embedding;

internal sealed class OptionsTests
{
    [Test]
    public void Create_WithSeveralMistakes_NamesThemAllAndTakesNothing()
    {
        ContainerShimOptions options = new()
        {
            Namespace = "a/b",
            StateDirectory = "here",
            RuntimeOptions = new RuntimeOptions { Root = "root" },
            EventLog = { Capacity = 0 },
            Runc = { KillTimeout = TimeSpan.Zero },
        };

        ShimException? failure = Assert.Throws<ShimException>(() => ContainerShimEngine.Create(options));

        Assert.That(failure!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        foreach (string name in new[] { "Namespace 'a/b'", "StateDirectory 'here'", "RuntimeOptions:Root", "EventLog:Capacity", "Runc:KillTimeout" })
        {
            Assert.That(failure.Message, Does.Contain(name));
        }

        Assert.That(options.Validate(), Has.Count.EqualTo(5));
    }

    [Test]
    public void Defaults_AreValid()
    {
        Assert.That(new ContainerShimOptions().Validate(), Is.Empty);
        Assert.That(static () => new ShimBuilder().Validate(), Throws.Nothing);
    }

    [Test]
    public void Shim_WithSeveralMistakes_NamesThemAll()
    {
        ShimBuilder builder = new() { IdleTimeout = TimeSpan.Zero, Stdio = { SpillDirectory = "var" } };

        Assert.That(builder.Validate, Throws.TypeOf<ShimException>().With.Message.Contains("IdleTimeout").And.Message.Contains("Stdio:SpillDirectory 'var'"));
    }

    /// <summary>A setting that is added and not taken over would be ignored in hosts.</summary>
    [Test]
    public void Options_MadeFromSettings_HaveThemAll()
    {
        ContainerShimOptions source = new()
        {
            Namespace = "n", StateDirectory = "/s", ExitTracking = ExitTracking.Subreaper, LeaveContainersRunning = true, MountsRootfs = false, Telemetry = false,
        };
        ContainerShimOptions defaults = new();
        ContainerShimOptions taken = new(source);

        foreach (PropertyInfo setting in typeof(ContainerShimSettings).GetProperties())
        {
            Assert.That(setting.GetValue(source), Is.Not.EqualTo(setting.GetValue(defaults)), setting.Name + " has a value of its own");
            Assert.That(setting.GetValue(taken), Is.EqualTo(setting.GetValue(source)), setting.Name);
        }
    }
}
