using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Services;
using Google.Protobuf;
using GenericOptions = ContainerShim.Sdk.Protocol.RuntimeOptions.Options;

namespace ContainerShim.Sdk.Tests.Services;

internal sealed class TomlOptionsTests
{
    private static readonly RuntimeOptions All = new()
    {
        BinaryName = "/usr/bin/crun",
        Root = "/run/r",
        SystemdCgroup = true,
        NoPivotRoot = true,
        NoNewKeyring = true,
        ShimCgroup = "/shims",
        IoUid = 1000,
        IoGid = 2147483647,
        CriuImagePath = "/image",
        CriuWorkPath = "/work",
    };

    [TestCase("BinaryName", "Root", "SystemdCgroup", "NoPivotRoot", "NoNewKeyring", "ShimCgroup", "IoUid", "IoGid", "CriuImagePath", "CriuWorkPath")]
    [TestCase("binaryname", "root", "systemdcgroup", "nopivotroot", "nonewkeyring", "shimcgroup", "iouid", "iogid", "criuimagepath", "criuworkpath")]
    [TestCase("BINARYNAME", "ROOT", "SYSTEMDCGROUP", "NOPIVOTROOT", "NONEWKEYRING", "SHIMCGROUP", "IOUID", "IOGID", "CRIUIMAGEPATH", "CRIUWORKPATH")]
    [TestCase("binary_name", "root", "systemd_cgroup", "no_pivot_root", "no_new_keyring", "shim_cgroup", "io_uid", "io_gid", "criu_image_path", "criu_work_path")]
    [TestCase("\"BinaryName\"", "\"Root\"", "\"SystemdCgroup\"", "\"NoPivotRoot\"", "\"NoNewKeyring\"", "\"ShimCgroup\"", "\"IoUid\"", "\"IoGid\"", "\"CriuImagePath\"", "\"CriuWorkPath\"")]
    public void Parse_EveryKey_InAnyCase(params string[] keys)
    {
        string[] values = ["\"/usr/bin/crun\"", "'/run/r'", "true", "true", "true", "\"/shims\"", "1000", "2_147_483_647", "\"/image\"", "\"/work\""];
        Assert.That(Parse(string.Join('\n', keys.Zip(values, static (key, value) => $"  {key} = {value} "))), Is.EqualTo(All));
    }

    [TestCase("Root = \"/a\" # the \"root\"", "/a")]
    [TestCase("Root=\"/a#b\"#c", "/a#b")]
    [TestCase("Root = '/a#b' # c", "/a#b")]
    [TestCase("# Root = \"/x\"\n\n\t\nRoot = \"/a\"", "/a")]
    [TestCase("Root = \"/a\"\r\n", "/a")]
    [TestCase("Root = \"\"", "")]
    [TestCase("Root = \"/a=b\"", "/a=b")]
    [TestCase(@"Root = ""q\""b\\t\tn\n""", "q\"b\\t\tn\n")]
    [TestCase(@"Root = ""\r\b\f""", "\r\b\f")]
    [TestCase(@"Root = 'q\n""'", @"q\n""")]
    [TestCase("Root = \"/a\"\nRoot = \"/b\"", "/b")]
    public void Parse_Strings(string text, string expected) => Assert.That(Parse(text).Root, Is.EqualTo(expected));

    [Test]
    public void Parse_UnknownKeys_ArePassedOver() =>
        Assert.That(Parse("Other = [1, 2]\nTypeUrl = \"x\"\nSystemdCgroup = true # yes\n").SystemdCgroup, Is.True);

    [Test]
    public void Parse_SubTables_AreOtherPrograms() =>
        Assert.That(Parse("Root = \"/a\"\n[other]\nRoot = \"/b\"\nnonsense\n[[more]]\nSystemdCgroup = 7"), Is.EqualTo(new RuntimeOptions { Root = "/a" }));

    [TestCase("\n\nRoot", 3)]
    [TestCase("= \"x\"", 1)]
    [TestCase("Root = /a", 1)]
    [TestCase("Root = \"/a", 1)]
    [TestCase("Root = \"/a\\\"", 1)]
    [TestCase("Root = \"/a\" b", 1)]
    [TestCase("Root = \"\\u0041\"", 1)]
    [TestCase("Root =", 1)]
    [TestCase("\nSystemdCgroup = \"true\"", 2)]
    [TestCase("\nSystemdCgroup = True", 2)]
    [TestCase("IoUid = -1", 1)]
    [TestCase("IoUid = 2147483648", 1)]
    [TestCase("IoUid = 4294967296", 1)]
    [TestCase("IoUid = 1.5", 1)]
    [TestCase("IoUid = 0x10", 1)]
    [TestCase("IoUid = \"1\"", 1)]
    [TestCase("IoUid =", 1)]
    public void Parse_Mistake_IsRefusedWithItsLine(string text, int line)
    {
        ShimException refusal = Assert.Throws<ShimException>(() => Parse(text))!;
        Assert.That(refusal.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(refusal.Message, Does.StartWith($"source:{line}: "));
    }

    [Test]
    public void Read_ConfigPath_IsAFileOfTheSame()
    {
        using TempDirectory directory = new();
        GenericOptions options = new() { ConfigPath = directory.Write("config.toml", "Root = \"/a\"") };
        Assert.That(TomlOptions.Read(options).Root, Is.EqualTo("/a"));

        options.ConfigBody = ByteString.CopyFromUtf8("Root = \"/b\"");
        Assert.That(TomlOptions.Read(options).Root, Is.EqualTo("/b"), "the body comes first");
    }

    [TestCase("/nowhere/config.toml")]
    [TestCase("/proc")]
    [TestCase("/a\0b")]
    public void Read_ConfigPathThatCannotBeRead_IsNotFound(string path)
    {
        ShimException refusal = Assert.Throws<ShimException>(() => TomlOptions.Read(new GenericOptions { ConfigPath = path }))!;
        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.NotFound, $"runtime options {path}: not found")));
    }

    [Test]
    public void Read_NeitherBodyNorPath_GivesDefaults() => Assert.That(TomlOptions.Read(new GenericOptions { TypeUrl = "x" }), Is.EqualTo(new RuntimeOptions()));

    private static RuntimeOptions Parse(string text) => TomlOptions.Parse(text, "source");
}
