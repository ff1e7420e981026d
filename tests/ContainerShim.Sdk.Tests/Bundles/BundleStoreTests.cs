using System.Text;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tests.Bundles;

internal sealed class BundleStoreTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly ProcessExit Exit = new(5, 137, new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    private readonly BundleStore _store = new();
    private TempDirectory _directory = null!;

    private string Bundle => _directory.Path;

    [SetUp]
    public void SetUp() => _directory = new TempDirectory();

    [TearDown]
    public void TearDown() => _directory.Dispose();

    [Test]
    public void WriteOptions_LeavesTheTwoFilesOfTheReference()
    {
        _store.WriteOptions(Bundle, new RuntimeOptions { BinaryName = "crun", Root = "/r", IoUid = 7, Payload = new("containerd.runc.v1.Options", new byte[] { 1 }) });
        Assert.That(Directory.GetFiles(Bundle).Select(Path.GetFileName), Is.EquivalentTo(new[] { "options.json", "runtime" }));
        Assert.That(File.ReadAllText(_directory["options.json"]), Is.EqualTo("{\"io_uid\":7,\"binary_name\":\"crun\",\"root\":\"/r\"}"));
        Assert.That(File.ReadAllText(_directory["runtime"]), Is.EqualTo("crun"));
        Assert.That(File.GetUnixFileMode(_directory["options.json"]), Is.EqualTo(OwnerOnly));
        Assert.That(File.GetUnixFileMode(_directory["runtime"]), Is.EqualTo(OwnerOnly));
    }

    [Test]
    public void ReadOptions_GivesBackWhatWasWritten()
    {
        RuntimeOptions options = new()
        {
            BinaryName = "/b", Root = "/r", SystemdCgroup = true, NoPivotRoot = true, NoNewKeyring = true, ShimCgroup = "/c", IoUid = uint.MaxValue,
            IoGid = 9, CriuImagePath = "/i", CriuWorkPath = "/w \"q\"",
        };
        _store.WriteOptions(Bundle, options);
        Assert.That(_store.ReadOptions(Bundle), Is.EqualTo(options));
    }

    [Test]
    public void ReadOptions_OfAnotherType_KeepsThePayload()
    {
        _store.WriteOptions(Bundle, new RuntimeOptions { Payload = new("my.Options", new byte[] { 1, 2 }) });
        TypedPayload payload = _store.ReadOptions(Bundle).Payload!;
        Assert.That(payload.TypeUrl, Is.EqualTo("my.Options"));
        Assert.That(payload.Value.ToArray(), Is.EqualTo(new byte[] { 1, 2 }));
    }

    [TestCase(null)]
    [TestCase("{\"root\":")]
    [TestCase("[]")]
    [TestCase("{\"io_uid\":-1}")]
    public void ReadOptions_OfNoOrABrokenFile_FallsBackToTheRuntimeFile(string? content)
    {
        if (content is not null)
        {
            _directory.Write("options.json", content);
        }

        Assert.That(_store.ReadOptions(Bundle), Is.EqualTo(new RuntimeOptions()));
        Assert.That(_store.HasOptions(Bundle), Is.False);
        _directory.Write("runtime", "crun");
        Assert.That(_store.ReadOptions(Bundle), Is.EqualTo(new RuntimeOptions { BinaryName = "crun" }));
    }

    [Test]
    public void HasOptions_OfABundleThatTheyWereWrittenInto_IsTrue()
    {
        _store.WriteOptions(Bundle, new RuntimeOptions());
        Assert.That(_store.HasOptions(Bundle));
    }

    /// <summary>runc writes a pid into <c>.init.pid</c> before it becomes <c>init.pid</c>.</summary>
    [Test]
    public void ReadExecPid_OfAnExecCalledInit_IsNoFileOfTheInitProcess()
    {
        _directory.Write("init.pid", "7");
        _directory.Write(".init.pid", "8");
        Assert.That(_store.ReadExecPid(Bundle, "init"), Is.Zero);
        _directory.Write("_init.pid", "9");
        Assert.That((_store.ReadExecPid(Bundle, "init"), _store.ReadInitPid(Bundle)), Is.EqualTo((9, 7)));
    }

    [Test]
    public void ReadOptions_WithFieldsOfANewerShim_SkipsThem()
    {
        _directory.Write("options.json", "{\"task_api_address\":\"x\",\"new\":{\"a\":[1]},\"root\":\"/r\"}");
        Assert.That(_store.ReadOptions(Bundle).Root, Is.EqualTo("/r"));
    }

    [Test]
    public void WriteOptions_WithoutABundle_SpeaksLikeTheReference()
    {
        ShimException error = Assert.Throws<ShimException>(() => _store.WriteOptions("/no/such", new RuntimeOptions()))!;
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That(error.Message, Is.EqualTo("open /no/such/options.json: no such file or directory"));
    }

    [Test]
    public void RecordExit_IsReadBack()
    {
        Assert.That(_store.ReadExit(Bundle), Is.Null);
        _store.RecordExit(Bundle, Exit);
        Assert.That(_store.ReadExit(Bundle), Is.EqualTo(Exit));
        Assert.That(Directory.GetFiles(Bundle), Has.Length.EqualTo(1));
        Assert.That(File.GetUnixFileMode(_directory["exit.json"]), Is.EqualTo(OwnerOnly));
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("{\"pid\":5,\"exit_status\":1,\"exited_at\":\"yesterday\"}")]
    [TestCase("{\"pid\":5,\"exit_sta")]
    public void ReadExit_OfABrokenFile_IsNull(string content)
    {
        _directory.Write("exit.json", content);
        Assert.That(_store.ReadExit(Bundle), Is.Null);
    }

    [Test]
    public void RecordExit_WithoutABundle_DoesNotThrow() => Assert.DoesNotThrow(() => _store.RecordExit("/no/such", Exit));

    [Test]
    public void FullDisk_StopsNothingButNewFiles()
    {
        _directory.Make("full");
        string bundle = _directory["full"];
        Libc.Mount("tmpfs", bundle, "tmpfs", 0, "size=1m");
        try
        {
            _store.WriteOptions(bundle, new RuntimeOptions { Root = "/r" });
            File.WriteAllText(Path.Join(bundle, "e1.pid"), "8");
            File.WriteAllText(Path.Join(bundle, "init.pid"), "7");
            Fill(bundle);
            Assert.DoesNotThrow(() => _store.RecordExit(bundle, Exit));
            Assert.That(_store.ReadExit(bundle), Is.Null);
            Assert.That(_store.ReadOptions(bundle).Root, Is.EqualTo("/r"));
            Assert.That(_store.ReadInitPid(bundle), Is.EqualTo(7));
            ShimException error = Assert.Throws<ShimException>(() => _store.WriteOptions(bundle, new RuntimeOptions { Root = "/other" }))!;
            Assert.That(error.Code, Is.EqualTo(ShimErrorCode.ResourceExhausted));
            Assert.That(_store.ReadOptions(bundle).Root, Is.EqualTo("/r"), "the old file stays whole");
            _store.RemoveExecFiles(bundle, "e1");
            Assert.That(Directory.GetFiles(bundle).Select(Path.GetFileName), Is.EquivalentTo(new[] { "options.json", "runtime", "init.pid", "filler" }));
        }
        finally
        {
            Libc.Unmount(bundle);
        }
    }

    [TestCase("{}", true)]
    [TestCase("{\"linux\":{}}", true)]
    [TestCase("{\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]}}", true)]
    [TestCase("{\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"/proc/1/ns/pid\"}]}}", true)]
    [TestCase("{\"linux\":{\"namespaces\":[{\"type\":\"pid\",\"path\":\"\"}]}}", false)]
    [TestCase("{\"linux\":{\"x\":[{\"namespaces\":1}],\"namespaces\":[{\"type\":\"mount\"},{\"path\":\"\",\"type\":\"pid\"}],\"y\":{}}}", false)]
    public void ReadSpec_TellsWhetherThePidNamespaceIsShared(string config, bool shared)
    {
        _directory.Write("config.json", config);
        Assert.That(_store.ReadSpec(Bundle).SharesPidNamespace, Is.EqualTo(shared));
    }

    [Test]
    public void ReadSpec_ReadsAnnotationsOfTheTopOnly()
    {
        _directory.Write("config.json", "{\"process\":{\"annotations\":{\"a\":\"no\"}},\"annotations\":{\"a\":\"1\",\"b\":\"\\u00e4\",\"c\":3},\"hooks\":{\"x\":[[]]}}");
        Assert.That(_store.ReadSpec(Bundle).Annotations, Is.EquivalentTo(new Dictionary<string, string> { ["a"] = "1", ["b"] = "ä" }));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{\"annotations\":")]
    [TestCase("nonsense")]
    public void ReadSpec_OfABrokenFile_IsInvalid(string config)
    {
        _directory.Write("config.json", config);
        Assert.That(() => _store.ReadSpec(Bundle), Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.InvalidArgument));
    }

    [Test]
    public void ReadSpec_OfNoFile_IsNotFound()
    {
        ShimException error = Assert.Throws<ShimException>(() => _store.ReadSpec(Bundle))!;
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That(error.Message, Is.EqualTo($"open {Bundle}/config.json: no such file or directory"));
    }

    [Test]
    public void MakeRootfs_MakesItOnceAndRefusesALink()
    {
        string path = _store.MakeRootfs(Bundle);
        Assert.That(Convert.ToString((int)File.GetUnixFileMode(path), 8), Is.EqualTo("711"));
        Assert.That(_store.MakeRootfs(Bundle), Is.EqualTo(path));
        Directory.Delete(path);
        File.CreateSymbolicLink(path, "/tmp");
        Assert.That(() => _store.MakeRootfs(Bundle), Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.FailedPrecondition));
    }

    [TestCase("12", 12)]
    [TestCase("12\n", 12)]
    [TestCase("-1", 0)]
    [TestCase("x", 0)]
    [TestCase("4294967295", 0)]
    [TestCase(null, 0)]
    public void ReadInitPid_OfWhatIsThere(string? content, int expected)
    {
        if (content is not null)
        {
            _directory.Write("init.pid", content);
        }

        Assert.That(_store.ReadInitPid(Bundle), Is.EqualTo(expected));
    }

    [TestCase(0x1C0, true)]
    [TestCase(0x1C9, true)]
    [TestCase(0x1C8, true)]
    [TestCase(0x1F0, false)]
    [TestCase(0x1C2, false)]
    public void RequireTrusted_LooksAtTheMode(int mode, bool isTrusted)
    {
        File.SetUnixFileMode(Bundle, (UnixFileMode)mode);
        Assert.That(
            () => _store.RequireTrusted(Bundle),
            isTrusted ? Throws.Nothing : Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.FailedPrecondition));
    }

    [Test]
    public void RequireTrusted_RefusesLinksAndFiles()
    {
        File.CreateSymbolicLink(_directory["link"], "/run");
        _directory.Write("file", "");
        Assert.That(() => _store.RequireTrusted(_directory["link"] + "/"), Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.FailedPrecondition));
        Assert.That(() => _store.RequireTrusted(_directory["file"]), Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.FailedPrecondition));
        Assert.That(() => _store.RequireTrusted(_directory["none"]), Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.NotFound));
    }

    private static void Fill(string directory)
    {
        using FileStream filler = new(Path.Join(directory, "filler"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] page = Encoding.ASCII.GetBytes(new string('x', 4096));
        Assert.That(() =>
        {
            while (true)
            {
                filler.Write(page);
            }
        }, Throws.InstanceOf<IOException>());
    }
}
