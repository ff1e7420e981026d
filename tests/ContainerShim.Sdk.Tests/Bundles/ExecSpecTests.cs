using System.Text.Json.Nodes;
using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Tests.Bundles;

internal sealed class ExecSpecTests
{
    private const string Config = """
        {"process":{"terminal":true,"consoleSize":{"width":1,"height":2},"user":{"uid":5,"gid":6},"args":["init"],"env":["A=1","B=2"],
        "cwd":"/srv","noNewPrivileges":true,"apparmorProfile":"tight","capabilities":{"bounding":["CAP_KILL"]}}}
        """;

    [Test]
    public void Create_WithoutFurtherWords_HasTheContainersRestrictions() => Assert.That(
        Create(new ExecOptions { Args = ["ls"] }).ToJsonString(),
        Is.EqualTo(
            """{"terminal":false,"args":["ls"],"env":["A=1","B=2"],"user":{"uid":5,"gid":6},"cwd":"/srv","noNewPrivileges":true,"apparmorProfile":"tight","capabilities":{"bounding":["CAP_KILL"]}}"""));

    [Test]
    public void Create_WithOptions_ReplacesWhatTheySay()
    {
        JsonObject process = Create(new ExecOptions
        {
            Args = ["ls"],
            Env = new Dictionary<string, string> { ["B"] = "3", ["C"] = "4" },
            WorkingDirectory = "/tmp",
            User = new ContainerUser(7, 8) { AdditionalGids = [9] },
            Capabilities = [],
            Stdio = ContainerStdio.TerminalStreams with { Columns = 80, Rows = 25 },
        });

        Assert.That(process["env"]!.ToJsonString(), Is.EqualTo("""["A=1","TERM=xterm","B=3","C=4"]"""));
        Assert.That(process["user"]!.ToJsonString(), Is.EqualTo("""{"uid":7,"gid":8,"additionalGids":[9]}"""));
        Assert.That((string)process["cwd"]!, Is.EqualTo("/tmp"));
        Assert.That(process["capabilities"]!["bounding"]!.AsArray(), Is.Empty);
        Assert.That(process["consoleSize"]!.ToJsonString(), Is.EqualTo("""{"height":25,"width":80}"""));
        Assert.That((bool)process["terminal"]!);
    }

    [TestCase("{}", ShimErrorCode.InvalidArgument)]
    [TestCase("{", ShimErrorCode.InvalidArgument)]
    [TestCase(null, ShimErrorCode.NotFound)]
    public void Create_WithoutAConfiguration_IsRefused(string? config, ShimErrorCode code) =>
        Assert.That(Assert.Throws<ShimException>(() => Create(new ExecOptions { Args = ["ls"] }, config))!.Code, Is.EqualTo(code));

    [Test]
    public void Options_ThatCannotBe_AreRefused()
    {
        ExecOptions[] options =
        [
            new() { Args = [] },
            new() { Args = ["ls"], WorkingDirectory = "tmp" },
            new() { Args = ["ls"], Timeout = TimeSpan.Zero },
            new() { Args = ["ls"], CaptureLimit = -1 },
            new() { Args = ["ls"], Env = new Dictionary<string, string> { [""] = "" } },
            new() { Args = ["ls"], Stdio = ContainerStdio.TerminalStreams with { Error = true } },
        ];
        foreach (ExecOptions refused in options)
        {
            Assert.That(Assert.Throws<ShimException>(refused.Validate)!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        }
    }

    private static JsonObject Create(ExecOptions options, string? config = Config)
    {
        using TempDirectory bundle = new();
        if (config is not null)
        {
            File.WriteAllText(Path.Combine(bundle.Path, "config.json"), config);
        }

        return JsonNode.Parse(ExecSpec.Create(bundle.Path, options, options.Stdio))!.AsObject();
    }
}
