using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Bootstrap;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Extension = ContainerShim.Sdk.Protocol.Bootstrap.Extension;
using RuncOptions = ContainerShim.Sdk.Protocol.Runc.Options;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class StartInputTests
{
    private static readonly ShimFlags Flags = ShimFlags.Parse(["-namespace", "ns", "-id", "c1", "start"]);

    private static readonly Any Options = TypeUrls.Pack(TypeUrls.RuncOptions, new RuncOptions { BinaryName = "crun", ShimCgroup = "/shims" });

    [Test]
    public void Read_Nothing_HasNeitherParametersNorOptions()
    {
        StartInput input = Read([]);
        Assert.That((input.Parameters, input.Options.ShimCgroup), Is.EqualTo(((BootstrapParams?)null, "")));
    }

    [Test]
    public void Read_Any_IsTakenForOptionsThoughItDecodesAsParametersToo()
    {
        byte[] bytes = Options.ToByteArray();
        Assert.That(BootstrapParams.Parser.ParseFrom(bytes).InstanceId, Is.EqualTo(TypeUrls.RuncOptions));

        StartInput input = Read(bytes);
        Assert.That((input.Parameters, input.Options.ShimCgroup, input.Options.BinaryName), Is.EqualTo(((BootstrapParams?)null, "/shims", "crun")));
    }

    [Test]
    public void Read_ParametersOfThisContainer_AreTakenWithTheOptionsAmongTheirExtensions()
    {
        BootstrapParams parameters = Parameters("c1", "ns");
        parameters.Extensions.Add(new Extension());
        parameters.Extensions.Add(new Extension { Value = new Any { TypeUrl = "example.Other", Value = ByteString.CopyFromUtf8("?") } });
        parameters.Extensions.Add(new Extension { Value = Options });

        StartInput input = Read(parameters.ToByteArray());
        Assert.That(input.Parameters, Is.EqualTo(parameters));
        Assert.That(input.Options.ShimCgroup, Is.EqualTo("/shims"));
    }

    [Test]
    public void Read_ParametersWithoutOptions_HaveDefaults() =>
        Assert.That(Read(Parameters("c1", "ns").ToByteArray()).Options.ShimCgroup, Is.Empty);

    [TestCase("other", "ns")]
    [TestCase("c1", "other")]
    [TestCase("", "")]
    public void Read_ParametersOfAnother_AreNotTaken(string id, string containerdNamespace)
    {
        BootstrapParams parameters = Parameters(id, containerdNamespace);
        parameters.Extensions.Add(new Extension { Value = Options });

        StartInput input = Read(parameters.ToByteArray());
        Assert.That((input.Parameters, input.Options.ShimCgroup), Is.EqualTo(((BootstrapParams?)null, "")));
    }

    [TestCase(new byte[] { 0xFF, 0xFF, 0xFF })]
    [TestCase(new byte[] { 0x0A, 0x7F })]
    [TestCase(new byte[] { 0x0A, 0x02, 0xC3, 0x28, 0x12, 0x01, 0x00 })]
    public void Read_Garbage_IsLeftToCreateToComplainAbout(byte[] bytes)
    {
        StartInput input = Read(bytes);
        Assert.That((input.Parameters, input.Options.ShimCgroup), Is.EqualTo(((BootstrapParams?)null, "")));
    }

    [Test]
    public void Read_OptionsThatAreNone_AreLeftToCreateToComplainAbout()
    {
        StartInput input = Read(new Any { TypeUrl = TypeUrls.RuncOptions, Value = ByteString.CopyFrom(0xFF) }.ToByteArray());
        Assert.That(input.Options.ShimCgroup, Is.Empty);
    }

    [Test]
    public void Read_EndlessInput_StopsAtItsLimit()
    {
        EndlessStream endless = new();
        StartInput input = StartInput.Read(endless, Flags);
        Assert.That(input.Parameters, Is.Null);
        Assert.That(endless.Count, Is.InRange(10 << 20, (10 << 20) + 4096));
    }

    private static BootstrapParams Parameters(string id, string containerdNamespace) =>
        new() { InstanceId = id, Namespace = containerdNamespace, LogLevel = LogLevel.Debug, ContainerdVersion = "2.3.4", SocketDir = "/run/s" };

    private static StartInput Read(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        return StartInput.Read(stream, Flags);
    }

    private sealed class EndlessStream : Stream
    {
        internal long Count { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            Count += buffer.Length;
            buffer.Clear();
            return buffer.Length;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
