using System.Text;
using ContainerShim.Sdk.Sandboxes;

namespace ContainerShim.Sdk.Tests.Sandboxes;

internal sealed class PodSettingsTests
{
    [Test]
    public void Read_APodsConfiguration_PicksItsNamespacesNameAndParameters()
    {
        byte[] namespaces = [.. Number(1, 2), .. Number(2, 1), .. Number(3, 2), .. Message(5, Number(1, 2))];
        byte[] linux = [.. Text(1, "/pods"), .. Message(2, [.. Message(1, namespaces), .. Number(6, 1)]), .. Message(3, [.. Text(1, "net.a.b"), .. Text(2, "7")])];
        PodSettings settings = Read([.. Message(1, Text(1, "name")), .. Text(2, "pod"), .. Message(8, linux)]);
        Assert.That(
            (settings.Hostname, settings.IsHostNetwork, settings.IsHostPid, settings.IsHostIpc, settings.HasUserNamespace),
            Is.EqualTo(("pod", true, false, true, false)));
        Assert.That(settings.Sysctls, Is.EqualTo(new Dictionary<string, string> { ["net.a.b"] = "7" }));
    }

    [Test]
    public void Read_AUserNamespaceOfThePod_IsSeenThoughItsModeIsNotOnTheWire() =>
        Assert.That(Read(Message(8, Message(2, Message(1, Message(5, []))))).HasUserNamespace);

    [Test]
    public void Read_OptionsOfAnotherKind_SayNothing() =>
        Assert.That(PodSettings.Read(new TypedPayload("google.protobuf.Empty", Text(2, "pod"))).Hostname, Is.Empty);

    [TestCase("net.ipv4.ip_forward", true, false, true)]
    [TestCase("net.ipv4.ip_forward", false, false, false)]
    [TestCase("kernel.shmmax", false, false, true)]
    [TestCase("kernel.shmmax", false, true, false)]
    [TestCase("fs.mqueue.msg_max", false, false, true)]
    [TestCase("kernel.core_pattern", true, false, false)]
    [TestCase("vm.swappiness", true, false, false)]
    [TestCase("net./../kernel/core_pattern", true, false, false)]
    [TestCase("net...kernel.core_pattern", true, false, false)]
    public void Check_LetsThroughWhatBelongsToANamespaceOfTheSandboxAlone(string name, bool ownsNetwork, bool isHostIpc, bool isAllowed)
    {
        byte[] linux = [.. Message(2, Message(1, Number(3, (byte)(isHostIpc ? 2 : 0)))), .. Message(3, [.. Text(1, name), .. Text(2, "1")])];
        PodSettings settings = Read(Message(8, linux));
        Assert.That(
            () => Sysctls.Check(settings, ownsNetwork),
            isAllowed ? Throws.Nothing : Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.InvalidArgument));
    }

    private static PodSettings Read(byte[] message) => PodSettings.Read(new TypedPayload("runtime.v1.PodSandboxConfig", message));

    private static byte[] Number(int field, byte value) => [(byte)(field << 3), value];

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] content) => [(byte)((field << 3) | 2), (byte)content.Length, .. content];
}
