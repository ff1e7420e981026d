using System.Reflection;
using ContainerShim.Sdk.Protocol.Events;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Protocol.Tests;

public sealed class TypeUrlsTests
{
    private static IEnumerable<string> Constants =>
        typeof(TypeUrls).GetFields(BindingFlags.Public | BindingFlags.Static).Select(constant => (string)constant.GetRawConstantValue()!);

    private static IEnumerable<string> ProtoNames => Constants.Where(name => !name.Contains('/'));

    [TestCaseSource(nameof(ProtoNames))]
    public void Constant_OfAMessage_IsItsFullName(string name)
    {
        Assert.That(CompiledProtocol.Shape, Does.ContainKey(name).WithValue("message"));
    }

    [Test]
    public void Constants_OfJson_AreThoseThatContainerdRegisters()
    {
        Assert.That(Constants.Where(name => name.Contains('/')), Is.EquivalentTo(new[]
        {
            "types.containerd.io/opencontainers/runtime-spec/1/Spec",
            "types.containerd.io/opencontainers/runtime-spec/1/Process",
            "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources",
            "types.containerd.io/opencontainers/runtime-spec/1/features/Features",
        }));
    }

    [Test]
    public void Pack_Event_RoundTripsUnderTheBareName()
    {
        TaskExit exit = new() { ContainerId = "c", Id = "e", Pid = 42, ExitStatus = 137, ExitedAt = WireTime.ToWire(null) };
        Any any = Any.Parser.ParseFrom(TypeUrls.Pack(TypeUrls.TaskExit, exit).ToByteArray());
        Assert.That(any.TypeUrl, Is.EqualTo("containerd.events.TaskExit"));
        Assert.That(TaskExit.Parser.ParseFrom(any.Value), Is.EqualTo(exit));
    }

    [Test]
    public void Pack_AnyMessage_LeavesItsDescriptorAlone()
    {
        Any any = TypeUrls.Pack("x.Y", new MessageWithoutDescriptor());
        Assert.That(any.Value, Is.EqualTo(ByteString.CopyFrom(8, 1)));
    }

    [TestCase("containerd.runc.v1.Options", TypeUrls.RuncOptions, true)]
    [TestCase("type.googleapis.com/containerd.runc.v1.Options", TypeUrls.RuncOptions, true)]
    [TestCase("/containerd.runc.v1.Options", TypeUrls.RuncOptions, true)]
    [TestCase("containerd.runc.v1.CheckpointOptions", TypeUrls.RuncOptions, false)]
    [TestCase("x.containerd.runc.v1.Options", TypeUrls.RuncOptions, false)]
    [TestCase("runtimeoptions.v1.Options", TypeUrls.RuncOptions, false)]
    [TestCase("", TypeUrls.RuncOptions, false)]
    [TestCase("types.containerd.io/opencontainers/runtime-spec/1/Process", TypeUrls.OciProcess, true)]
    [TestCase("types.containerd.io/opencontainers/runtime-spec/2/Process", TypeUrls.OciProcess, false)]
    [TestCase("types.containerd.io/opencontainers/runtime-spec/1/Process", "Process", false)]
    public void Is_TypeUrl_ComparesWithoutTheHostOfAMessage(string typeUrl, string fullName, bool expected)
    {
        Assert.That(TypeUrls.Is(new Any { TypeUrl = typeUrl }, fullName), Is.EqualTo(expected));
    }

    [Test]
    public void Is_AbsentAny_IsFalse() => Assert.That(TypeUrls.Is(null, TypeUrls.RuncOptions), Is.False);

    [TestCase("a.B", "a.B")]
    [TestCase("type.googleapis.com/a.B", "a.B")]
    [TestCase("example.org/x/a.B", "a.B")]
    [TestCase(TypeUrls.OciFeatures, TypeUrls.OciFeatures)]
    [TestCase("", "")]
    public void NameOf_TypeUrl_IsWhatToCompare(string typeUrl, string name)
    {
        Assert.That(TypeUrls.NameOf(typeUrl).ToString(), Is.EqualTo(name));
    }

    private sealed class MessageWithoutDescriptor : IMessage
    {
        public MessageDescriptor Descriptor => throw new InvalidOperationException("the descriptor was built");

        public void MergeFrom(CodedInputStream input) => throw new NotSupportedException();

        public void WriteTo(CodedOutputStream output)
        {
            output.WriteRawTag(8);
            output.WriteInt32(1);
        }

        public int CalculateSize() => 2;
    }
}
