using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Services;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using CheckpointOptions = ContainerShim.Sdk.Protocol.Runc.CheckpointOptions;
using CreateOptions = ContainerShim.Sdk.Protocol.LinuxRunc.CreateOptions;
using GenericOptions = ContainerShim.Sdk.Protocol.RuntimeOptions.Options;
using LinuxCheckpointOptions = ContainerShim.Sdk.Protocol.LinuxRunc.CheckpointOptions;
using RuncOptions = ContainerShim.Sdk.Protocol.Runc.Options;

namespace ContainerShim.Sdk.Tests.Services;

internal sealed class OptionsMappingTests
{
    [TestCase("containerd.runc.v1.Options")]
    [TestCase("type.googleapis.com/containerd.runc.v1.Options")]
    public void ToRuntimeOptions_RuncOptions_GivesEveryField(string typeUrl)
    {
        RuncOptions message = new()
        {
            NoPivotRoot = true,
            NoNewKeyring = true,
            ShimCgroup = "/shims",
            IoUid = 1,
            IoGid = 2,
            BinaryName = "crun",
            Root = "/r",
            SystemdCgroup = true,
            CriuImagePath = "/i",
            CriuWorkPath = "/w",
        };
        Any any = TypeUrls.Pack(typeUrl, message);

        RuntimeOptions options = OptionsMapping.ToRuntimeOptions(any);
        Assert.That(options.Payload!.TypeUrl, Is.EqualTo(typeUrl));
        Assert.That(options.Payload.Value.ToArray(), Is.EqualTo(any.Value.ToByteArray()));
        Assert.That(options with { Payload = null }, Is.EqualTo(new RuntimeOptions
        {
            NoPivotRoot = true,
            NoNewKeyring = true,
            ShimCgroup = "/shims",
            IoUid = 1,
            IoGid = 2,
            BinaryName = "crun",
            Root = "/r",
            SystemdCgroup = true,
            CriuImagePath = "/i",
            CriuWorkPath = "/w",
        }));
    }

    [Test]
    public void ToRuntimeOptions_OptionsOfOlderClients_GiveEveryFieldThatConcernsThisShim()
    {
        Any any = TypeUrls.Pack(TypeUrls.LinuxRuncCreateOptions, new CreateOptions
        {
            NoPivotRoot = true,
            OpenTcp = true,
            NoNewKeyring = true,
            ShimCgroup = "/shims",
            IoUid = 1,
            IoGid = 2,
            CriuImagePath = "/i",
            CriuWorkPath = "/w",
        });

        RuntimeOptions options = OptionsMapping.ToRuntimeOptions(any);
        Assert.That(OptionsMapping.IsRuntimeOptions(any), Is.True);
        Assert.That(options.Payload!.TypeUrl, Is.EqualTo(TypeUrls.LinuxRuncCreateOptions));
        Assert.That(options with { Payload = null }, Is.EqualTo(new RuntimeOptions
        {
            NoPivotRoot = true,
            NoNewKeyring = true,
            ShimCgroup = "/shims",
            IoUid = 1,
            IoGid = 2,
            CriuImagePath = "/i",
            CriuWorkPath = "/w",
        }));
    }

    [TestCase(2147483648u, 0u, "io_uid")]
    [TestCase(0u, 4294967295u, "io_gid")]
    public void ToRuntimeOptions_OwnerThatOthersTakeForNegative_IsInvalid(uint uid, uint gid, string named)
    {
        Any any = TypeUrls.Pack(TypeUrls.RuncOptions, new RuncOptions { IoUid = uid, IoGid = gid });
        ShimException refusal = Assert.Throws<ShimException>(() => OptionsMapping.ToRuntimeOptions(any))!;
        Assert.That(refusal.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(refusal.Message, Does.StartWith(named));
    }

    [Test]
    public void ToRuntimeOptions_RuncOptionsOfOlderContainerd_PassOverCriuPath()
    {
        // Field 8, a string: criu_path of containerd 1.6.
        Any any = new() { TypeUrl = TypeUrls.RuncOptions, Value = ByteString.CopyFrom([0x42, 0x01, (byte)'x', 0x3A, 0x02, (byte)'/', (byte)'r']) };
        Assert.That(OptionsMapping.ToRuntimeOptions(any).Root, Is.EqualTo("/r"));
    }

    [Test]
    public void ToRuntimeOptions_GenericOptions_AreReadAsToml()
    {
        Any any = TypeUrls.Pack(TypeUrls.RuntimeOptions, new GenericOptions { ConfigBody = ByteString.CopyFromUtf8("BinaryName = \"crun\"\n") });
        RuntimeOptions options = OptionsMapping.ToRuntimeOptions(any);
        Assert.That((options.BinaryName, options.Payload!.TypeUrl), Is.EqualTo(("crun", TypeUrls.RuntimeOptions)));
    }

    [Test]
    public void ToRuntimeOptions_AbsentOrEmpty_GivesDefaults()
    {
        Assert.That(OptionsMapping.ToRuntimeOptions(null), Is.EqualTo(new RuntimeOptions()));
        Assert.That(OptionsMapping.ToRuntimeOptions(new Any { TypeUrl = "example.Other" }), Is.EqualTo(new RuntimeOptions()));
    }

    [Test]
    public void ToRuntimeOptions_UnknownType_IsAnsweredWithContainerdsText()
    {
        ShimException refusal = Assert.Throws<ShimException>(
            () => OptionsMapping.ToRuntimeOptions(new Any { TypeUrl = "example.Other", Value = ByteString.CopyFrom(1) }))!;
        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.Unknown, "type with url example.Other: not found")));
    }

    [TestCase("containerd.runc.v1.Options")]
    [TestCase("containerd.linux.runc.CreateOptions")]
    [TestCase("runtimeoptions.v1.Options")]
    public void ToRuntimeOptions_Garbage_IsRefused(string typeUrl)
    {
        ShimException refusal = Assert.Throws<ShimException>(
            () => OptionsMapping.ToRuntimeOptions(new Any { TypeUrl = typeUrl, Value = ByteString.CopyFrom(0xFF) }))!;
        Assert.That(refusal.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(refusal.Message, Does.StartWith(typeUrl + ": "));
    }

    [Test]
    public void ToCheckpoint_Options_GiveEveryField()
    {
        CheckpointOptions message = new()
        {
            Exit = true,
            OpenTcp = true,
            ExternalUnixSockets = true,
            Terminal = true,
            FileLocks = true,
            EmptyNamespaces = { "network", "ipc" },
            CgroupsMode = "soft",
            ImagePath = "/image",
            WorkPath = "/work",
            ParentPath = "/parent",
        };
        RuntimeCheckpoint checkpoint = OptionsMapping.ToCheckpoint("", TypeUrls.Pack(TypeUrls.RuncCheckpointOptions, message));
        AssertEveryField(checkpoint, "/parent");
    }

    [Test]
    public void ToCheckpoint_OptionsOfOlderClients_GiveEveryFieldAndNoParent()
    {
        LinuxCheckpointOptions message = new()
        {
            Exit = true,
            OpenTcp = true,
            ExternalUnixSockets = true,
            Terminal = true,
            FileLocks = true,
            EmptyNamespaces = { "network", "ipc" },
            CgroupsMode = "soft",
            ImagePath = "/image",
            WorkPath = "/work",
        };
        AssertEveryField(OptionsMapping.ToCheckpoint("", TypeUrls.Pack(TypeUrls.LinuxRuncCheckpointOptions, message)), parentPath: "");
    }

    [Test]
    public void ToCheckpoint_PathOfTheRequest_ComesFirst()
    {
        Any any = TypeUrls.Pack(TypeUrls.RuncCheckpointOptions, new CheckpointOptions { ImagePath = "/image" });
        Assert.That(OptionsMapping.ToCheckpoint("/path", any).ImagePath, Is.EqualTo("/path"));
        Assert.That(OptionsMapping.ToCheckpoint("/path", null).ImagePath, Is.EqualTo("/path"));
    }

    [Test]
    public void ToCheckpoint_OptionsOfAnotherType_AreRefused() => Assert.That(
        Assert.Throws<ShimException>(() => OptionsMapping.ToCheckpoint("/p", TypeUrls.Pack(TypeUrls.RuncOptions, new RuncOptions { Root = "/r" })))!.Message,
        Is.EqualTo("type with url containerd.runc.v1.Options: not found"));

    private static void AssertEveryField(RuntimeCheckpoint checkpoint, string parentPath)
    {
        Assert.That(checkpoint.EmptyNamespaces, Is.EqualTo(new[] { "network", "ipc" }));
        Assert.That(checkpoint with { EmptyNamespaces = [] }, Is.EqualTo(new RuntimeCheckpoint
        {
            ImagePath = "/image",
            WorkPath = "/work",
            ParentPath = parentPath,
            Exit = true,
            OpenTcp = true,
            ExternalUnixSockets = true,
            Terminal = true,
            FileLocks = true,
            CgroupsMode = "soft",
            EmptyNamespaces = [],
        }));
    }
}
