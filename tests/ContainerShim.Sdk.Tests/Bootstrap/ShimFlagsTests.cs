using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class ShimFlagsTests
{
    [TestCase("-id", "c1", TestName = "Parse_ValueAfterTheFlag_IsTaken")]
    [TestCase("-id=c1", TestName = "Parse_ValueAfterAnEqualsSign_IsTaken")]
    [TestCase("--id", "c1", TestName = "Parse_TwoDashes_AreAsGoodAsOne")]
    [TestCase("--id=c1", TestName = "Parse_TwoDashesAndAnEqualsSign_AreTaken")]
    [TestCase("-id", "other", "-id", "c1", TestName = "Parse_FlagGivenTwice_TheLastCounts")]
    public void Parse_Id(params string[] arguments) => Assert.That(ShimFlags.Parse(arguments).Id, Is.EqualTo("c1"));

    [Test]
    public void Parse_ContainerdsCommandLine_FillsAllFields()
    {
        ShimFlags flags = ShimFlags.Parse(
        [
            "-namespace", "k8s.io", "-address", "/run/c.sock", "-publish-binary", "/usr/bin/containerd", "-id", "c1", "-debug",
            "-bundle", "/run/b/c1", "-socket", "unix:///s", "delete",
        ]);
        Assert.That(
            (flags.Namespace, flags.Address, flags.PublishBinary, flags.Id, flags.Debug, flags.Bundle, flags.Socket, flags.Action),
            Is.EqualTo(("k8s.io", "/run/c.sock", "/usr/bin/containerd", "c1", true, "/run/b/c1", "unix:///s", "delete")));
    }

    [Test]
    public void Parse_Nothing_ServesWithDefaults()
    {
        ShimFlags flags = ShimFlags.Parse([]);
        Assert.That(
            (flags.Namespace, flags.Id, flags.PublishBinary, flags.Debug, flags.Version, flags.Info, flags.Action),
            Is.EqualTo(("", "", "containerd", false, false, false, "")));
    }

    [TestCase("-debug", true)]
    [TestCase("--debug", true)]
    [TestCase("-debug=true", true)]
    [TestCase("-debug=1", true)]
    [TestCase("-debug=T", true)]
    [TestCase("-debug=false", false)]
    [TestCase("-debug=0", false)]
    public void Parse_Switch_TakesNoValueButOneAfterAnEqualsSign(string argument, bool expected)
    {
        ShimFlags flags = ShimFlags.Parse([argument, "start"]);
        Assert.That((flags.Debug, flags.Action), Is.EqualTo((expected, "start")));
    }

    [TestCase("-v")]
    [TestCase("-version")]
    [TestCase("--version")]
    public void Parse_Version_HasTwoNames(string argument) => Assert.That(ShimFlags.Parse([argument]).Version, Is.True);

    [Test]
    public void Parse_Info_IsASwitch() => Assert.That(ShimFlags.Parse(["-info"]).Info, Is.True);

    [TestCase("-future", "value", "-id", "c1", "start")]
    [TestCase("-future=value", "-id", "c1", "start")]
    [TestCase("-future", "-id", "c1", "start")]
    [TestCase("-id", "c1", "-future", "start")]
    [TestCase("-id", "c1", "-future", "value", "start")]
    [TestCase("-id", "c1", "--future", "start", "start")]
    public void Parse_UnknownFlag_IsPassedOverWithItsValue(params string[] arguments)
    {
        ShimFlags flags = ShimFlags.Parse(arguments);
        Assert.That((flags.Id, flags.Action), Is.EqualTo(("c1", "start")));
    }

    [Test]
    public void Parse_ValueThatLooksLikeAFlag_IsTheValueAndRefusedAsAnIdentifier()
    {
        ShimFlags flags = ShimFlags.Parse(["-namespace", "n", "-id", "-debug", "start"]);
        Assert.That((flags.Id, flags.Debug, flags.Action), Is.EqualTo(("-debug", false, "start")));
        Assert.That(Assert.Throws<ShimException>(() => Identifiers.Validate(flags.Id))!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
    }

    [TestCase("-id", "c1", "--", "start", "-id", "c2")]
    [TestCase("-id", "c1", "start", "-id", "c2")]
    public void Parse_AfterTheAction_NothingIsRead(params string[] arguments)
    {
        ShimFlags flags = ShimFlags.Parse(arguments);
        Assert.That((flags.Id, flags.Action), Is.EqualTo(("c1", "start")));
    }

    [TestCase("-id")]
    [TestCase("-id=")]
    [TestCase("-future")]
    [TestCase("--")]
    [TestCase("")]
    public void Parse_ValueMissingAtTheEnd_IsEmpty(string argument)
    {
        ShimFlags flags = ShimFlags.Parse([argument]);
        Assert.That((flags.Id, flags.Action), Is.EqualTo(("", "")));
    }
}
