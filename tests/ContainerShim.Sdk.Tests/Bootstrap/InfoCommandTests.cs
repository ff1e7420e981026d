using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using RuncOptions = ContainerShim.Sdk.Protocol.Runc.Options;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class InfoCommandTests
{
    private ShimFixture _shim = null!;

    [SetUp]
    public void MakeFixture() => _shim = new ShimFixture();

    [TearDown]
    public void DisposeFixture() => _shim.Dispose();

    [Test]
    public async Task Info_RuntimeThatTellsItsFeatures_HandsThemOn()
    {
        Any options = OptionsOf("""echo '{"ociVersionMax":"1.2.0"}'""");
        RuntimeInfo info = await InfoAsync(options);
        Assert.That(info.Name, Is.EqualTo("io.containerd.dotnet.v1"));
        Assert.That(info.Version.Version, Does.Match(@"^\d+\.\d+\.\d+"));
        Assert.That(info.Options, Is.EqualTo(options));
        Assert.That(info.Features.TypeUrl, Is.EqualTo(TypeUrls.OciFeatures));
        Assert.That(info.Features.Value.ToStringUtf8().Trim(), Is.EqualTo("""{"ociVersionMax":"1.2.0"}"""));
    }

    [Test]
    public async Task Info_RuntimeWithoutThatCommand_HasNoFeatures() => Assert.That((await InfoAsync(OptionsOf("exit 1"))).Features, Is.Null);

    [Test]
    public async Task Info_NoOptions_HasNone()
    {
        RuntimeInfo info = await InfoAsync(null);
        Assert.That((info.Name, info.Options), Is.EqualTo(("io.containerd.dotnet.v1", (Any?)null)));
    }

    [Test]
    public async Task Info_Garbage_IsAnErrorOnStandardError()
    {
        ShimRun run = await _shim.RunAsync("/", ["-info"], [0xFF, 0xFF]);
        Assert.That((run.ExitCode, run.Text), Is.EqualTo((1, "")));
        Assert.That(run.Error, Does.StartWith("io.containerd.dotnet.v1: "));
    }

    [TestCase("-v")]
    [TestCase("-version")]
    public async Task Version_NeedsNoNamespace(string flag)
    {
        ShimRun run = await _shim.RunAsync("/", [flag]);
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(run.Text, Does.Match(@"\Acontainerd-shim-dotnet-v1:\n  Version:  \S+\n  Revision: \S*\n  \.NET:     \d+\.\d+\.\d+\S*\n\z"));
    }

    private Any OptionsOf(string script) =>
        TypeUrls.Pack(TypeUrls.RuncOptions, new RuncOptions { BinaryName = _shim.Directory.Script("runtime", script) });

    private async Task<RuntimeInfo> InfoAsync(Any? options)
    {
        ShimRun run = await _shim.RunAsync("/", ["-info"], options?.ToByteArray());
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        return RuntimeInfo.Parser.ParseFrom(run.Output);
    }
}
