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
    public void ContainerOptions_ForTheRuntimeThatCannotBe_AreRefusedAtTheCall()
    {
        Refuses(new RuntimeOptions { Root = "root" }, "RuntimeOptions:Root 'root' is not an absolute path.");
        Refuses(new RuntimeOptions { Root = null! }, "RuntimeOptions:Root is null");
        Refuses(new RuntimeOptions { BinaryName = null! }, "RuntimeOptions:BinaryName is null");
        Refuses(new RuntimeOptions { BinaryName = "./crun" }, "RuntimeOptions:BinaryName './crun' is neither a name nor an absolute path.");
        Assert.That(new ContainerShimOptions { RuntimeOptions = new RuntimeOptions { BinaryName = "./crun" } }.Validate(), Has.Count.EqualTo(1));
        Assert.That(new ContainerShimOptions { RuntimeOptions = new RuntimeOptions { BinaryName = "/opt/crun" } }.Validate(), Is.Empty);
        Assert.That(new ContainerShimOptions { RuntimeOptions = null! }.Validate(), Has.Count.EqualTo(1));

        static void Refuses(RuntimeOptions options, string text)
        {
            ShimException failure = Assert.Throws<ShimException>(() => new ContainerCreateOptions { BundlePath = "/b", RuntimeOptions = options }.Validate())!;
            Assert.That(failure.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
            Assert.That(failure.Message, Does.Contain(text));
        }
    }

    [Test]
    public void ExecOptions_WithoutAnEnvironment_AreRefused()
    {
        ShimException failure = Assert.Throws<ShimException>(static () => new ExecOptions { Args = ["true"], Env = null! }.Validate())!;
        Assert.That(failure.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
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
