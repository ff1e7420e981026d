using System.Text.Json.Nodes;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Tests.Bundles;

internal sealed class BundleBuilderTests
{
    private static readonly BundleContext Context = new("c1", "/ns/c1", Terminal: false, 0, 0);

    [Test]
    public void Json_OfTheLeast_IsSecure()
    {
        JsonObject config = Json(Least());

        JsonNode process = config["process"]!;
        Assert.That(process["args"]!.ToJsonString(), Is.EqualTo("""["true"]"""));
        Assert.That((bool)process["noNewPrivileges"]!);
        Assert.That(Texts(process["capabilities"]!["bounding"]!), Has.Length.EqualTo(14).And.None.EqualTo("CAP_SYS_ADMIN"));
        Assert.That(process["capabilities"]!["inheritable"], Is.Null, "CVE-2022-24769");
        Assert.That(process["capabilities"]!["ambient"], Is.Null);
        Assert.That(
            config["linux"]!["namespaces"]!.AsArray().Select(static entry => (string)entry!["type"]!),
            Is.SupersetOf(new[] { "pid", "network", "ipc", "uts", "mount" }));
        Assert.That(Texts(config["linux"]!["maskedPaths"]!), Has.Some.EqualTo("/proc/kcore"));
        Assert.That(Texts(config["linux"]!["readonlyPaths"]!), Has.Some.EqualTo("/proc/sys"));
        Assert.That(config["linux"]!["resources"]!["devices"]!.ToJsonString(), Is.EqualTo("""[{"allow":false,"access":"rwm"}]"""));
        Assert.That(((string)config["hostname"]!, (string)config["linux"]!["cgroupsPath"]!), Is.EqualTo(("c1", "/ns/c1")));
    }

    [Test]
    public void Json_OfLimits_HasThemInTheUnitsOfTheSpecification()
    {
        JsonNode resources = Json(Least().WithLimits(new ResourceLimits
        {
            Memory = 1000, MemoryAndSwap = 2000, Cpus = 1.5, CpuShares = 512, CpusetCpus = "0-1", Pids = 7, IoWeight = 100,
            Unified = new Dictionary<string, string> { ["memory.high"] = "900" },
        }))["linux"]!["resources"]!;

        Assert.That(resources["memory"]!.ToJsonString(), Is.EqualTo("""{"limit":1000,"swap":2000}"""));
        Assert.That(resources["cpu"]!.ToJsonString(), Is.EqualTo("""{"shares":512,"quota":150000,"period":100000,"cpus":"0-1"}"""));
        Assert.That(resources["pids"]!.ToJsonString(), Is.EqualTo("""{"limit":7}"""));
        Assert.That(resources["blockIO"]!.ToJsonString(), Is.EqualTo("""{"weight":100}"""));
        Assert.That(resources["unified"]!.ToJsonString(), Is.EqualTo("""{"memory.high":"900"}"""));
    }

    [Test]
    public void Json_OfEnvironment_ReplacesTheUsualPath()
    {
        Assert.That(Texts(Json(Least())["process"]!["env"]!), Is.EqualTo(new[] { BundleDefaults.Path }));
        Assert.That(
            Texts(Json(Least().WithEnv("PATH", "/bin").WithEnv("A", "1").WithEnv("A", "2"))["process"]!["env"]!),
            Is.EqualTo(new[] { "PATH=/bin", "A=2" }));
    }

    [Test]
    public void Json_OfNamespaces_SharesAndJoins()
    {
        JsonObject config = Json(Least().WithHostNetwork().JoinNamespace(NamespaceKind.Pid, "/proc/1/ns/pid").ShareNamespace(NamespaceKind.Uts));

        JsonArray namespaces = config["linux"]!["namespaces"]!.AsArray();
        Assert.That(namespaces.Select(static entry => (string)entry!["type"]!), Has.None.EqualTo("network").And.None.EqualTo("uts"));
        Assert.That((string)namespaces.Single(static entry => (string)entry!["type"]! == "pid")!["path"]!, Is.EqualTo("/proc/1/ns/pid"));
        Assert.That(config["hostname"], Is.Null);
    }

    [Test]
    public void Json_OfAMountOnAUsualPlace_ReplacesIt()
    {
        JsonArray mounts = Json(Least().AddMount("shm", "/dev/shm", "tmpfs", "size=1m"))["mounts"]!.AsArray();
        Assert.That(mounts.Count(static mount => (string)mount!["destination"]! == "/dev/shm"), Is.EqualTo(1));
        Assert.That(Texts(mounts[3]!["options"]!), Is.EqualTo(new[] { "size=1m" }));
    }

    /// <summary>Mounted after them, it would hide what is below it.</summary>
    [TestCase("/dev")]
    [TestCase("/dev/")]
    public void Json_OfAMountInPlaceOfAUsualOne_TakesItsTurn(string destination)
    {
        string[] usual = Destinations(Least());
        string[] replaced = Destinations(Least().AddTmpfs("/tmp").AddMount("tmpfs", destination, "tmpfs", "mode=755").AddTmpfs("/dev/own"));
        Assert.That(replaced, Is.EqualTo(usual.Select(place => place == "/dev" ? destination : place).Append("/tmp").Append("/dev/own")));

        static string[] Destinations(BundleBuilder bundle) => [.. Json(bundle)["mounts"]!.AsArray().Select(static mount => (string)mount!["destination"]!)];
    }

    [Test]
    public void Json_OfTheCgroupNamespace_IsTheContainersOwnOnV2UnlessItIsShared()
    {
        Assert.That(Kinds(Least(), CgroupMode.V2), Has.Some.EqualTo("cgroup"));
        Assert.That(Kinds(Least(), CgroupMode.V1), Has.None.EqualTo("cgroup"));
        Assert.That(Kinds(Least().ShareNamespace(NamespaceKind.Cgroup), CgroupMode.V2), Has.None.EqualTo("cgroup"));
        Assert.That(
            Kinds(Least().ShareNamespace(NamespaceKind.Cgroup).JoinNamespace(NamespaceKind.Cgroup, "/proc/1/ns/cgroup"), CgroupMode.V2),
            Has.Some.EqualTo("cgroup"));

        static IEnumerable<string> Kinds(BundleBuilder bundle, CgroupMode mode) =>
            Json(bundle, Context with { Cgroups = mode })["linux"]!["namespaces"]!.AsArray().Select(static entry => (string)entry!["type"]!);
    }

    [Test]
    public void Json_OfAUserNamespaceThatIsSharedAfterAll_HasNoMappings()
    {
        JsonNode linux = Json(Least().WithUserNamespace([new IdMapping(0, 1000, 1)], [new IdMapping(0, 1000, 1)]).ShareNamespace(NamespaceKind.User))["linux"]!;
        Assert.That((linux["uidMappings"], linux["gidMappings"]), Is.EqualTo(((JsonNode?)null, (JsonNode?)null)));
    }

    /// <summary>Ids may be longer than what sethostname(2) takes.</summary>
    [Test]
    public void Json_OfALongId_HasABeginningOfItForAHostName()
    {
        Assert.That((string)Json(Least(), Context with { Hostname = new string('a', 76) })["hostname"]!, Is.EqualTo(new string('a', 64)));
        Assert.That((string)Json(Least(), Context with { Hostname = new string('a', 63) + "-b" })["hostname"]!, Is.EqualTo(new string('a', 63)));
    }

    [Test]
    public void Json_OfARootlessContainer_AsksForNothingThatNeedsRoot()
    {
        JsonObject config = Json(Least().AsRootless());
        JsonNode linux = config["linux"]!;
        Assert.That(linux["cgroupsPath"], Is.Null);
        Assert.That(linux["resources"]!.ToJsonString(), Is.EqualTo("{}"));
        Assert.That((int)linux["uidMappings"]![0]!["size"]!, Is.EqualTo(1));
        Assert.That(config["mounts"]!.AsArray().SelectMany(static mount => Texts(mount!["options"]!)), Has.None.EqualTo("gid=5"));
    }

    [Test]
    public void WriteTo_ADirectory_WritesAConfigurationForItsOwnerAlone()
    {
        using TempDirectory directory = new();
        string bundle = Path.Combine(directory.Path, "new");
        Least().WithStopSignal(LinuxSignal.Quit).WriteTo(bundle);

        string path = Path.Combine(bundle, "config.json");
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(SpecReader.Read(File.ReadAllBytes(path)).Annotations["org.opencontainers.image.stopSignal"], Is.EqualTo("SIGQUIT"));
        Assert.That(SpecReader.Read(File.ReadAllBytes(path)).SharesPidNamespace, Is.False);
    }

    [Test]
    public void Words_ThatCannotBe_AreRefusedAtOnce()
    {
        Refuses(() => new BundleBuilder().WithRootfs("/no/such/directory"), "/no/such/directory");
        Refuses(() => Least().WithArgs(), "no program");
        Refuses(() => Least().WithArgs("a\0b"), "NUL");
        Refuses(() => Least().WithEnv("A=B", "1"), "A=B");
        Refuses(() => Least().WithWorkingDirectory("tmp"), "tmp");
        Refuses(() => Least().WithHostname(new string('x', 65)), "host name");
        Refuses(() => Least().AddBindMount("/no/such/file", "/mnt"), "/no/such/file");
        Refuses(() => Least().AddTmpfs("tmp"), "tmp");
        Refuses(() => Least().WithCapabilities("NET_ADMIN"), "CAP_NET_ADMIN");
        Refuses(() => Least().AddProcessLimit(new ProcessLimit("RLIMIT_NOFILE", 2, 1)), "above");
        Refuses(() => Least().WithStopSignal(65), "signal 65");
        Refuses(() => Least().ShareNamespace(NamespaceKind.Mount), "mount namespace");
        Refuses(() => Least().WithLimits(new ResourceLimits { Memory = 0 }), "memory");
        Refuses(() => Least().WithLimits(new ResourceLimits { Memory = 2, MemoryAndSwap = 1 }), "less than");
        Refuses(() => Least().WithLimits(new ResourceLimits { Cpus = 0 }), "0 CPUs: at least 0.01");
        Refuses(() => Least().WithLimits(new ResourceLimits { CpuShares = 1 }), "CPU shares of 1: 2 to 262144");
        Refuses(() => Least().WithLimits(new ResourceLimits { Pids = 0 }), "-1 for no limit");
        Refuses(() => Least().RemoveCapabilities("NET_ADMIN"), "CAP_NET_ADMIN");
        Refuses(() => Least().RemoveCapabilities("CAP_NETRAW"), "capability \"CAP_NETRAW\"");
        Refuses(() => Least().WithSeccomp("[]"u8.ToArray()), "seccomp");
        Refuses(() => Json(new BundleBuilder().WithArgs("true")), "root file system");
        Refuses(() => Json(new BundleBuilder().WithRootfs("/")), "no program");
        Refuses(() => Json(Least().WithTerminal()), "terminal");
    }

    /// <summary>Only names of Linux are taken, so all of this kernel have to be.</summary>
    [Test]
    public async Task Capabilities_AreAllThatThisKernelHas()
    {
        string[] words = (await File.ReadAllLinesAsync("/usr/include/linux/capability.h"))
            .Select(static line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Where(static words => words is ["#define", ['C', 'A', 'P', '_', ..], [>= '0' and <= '9', ..]])
            .Select(static words => words[1]).ToArray();
        Assert.That(words, Is.Not.Empty);
        Assert.That(() => Least().WithCapabilities(words), Throws.Nothing);
    }

    [TestCase("""{"defaultActoin":"SCMP_ACT_ERRNO"}""", "no defaultAction")]
    [TestCase("""{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ERRNO"}}}""", "no defaultAction")]
    [TestCase("""{"defaultAction":7}""", "no defaultAction")]
    [TestCase("""{"defaultAction":"SCMP_ACT_ERRNO","archMap":[]}""", "archMap")]
    [TestCase("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}}]}""", "includes")]
    [TestCase("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{},{"names":["bpf"],"action":"SCMP_ACT_ALLOW","excludes":{"caps":["CAP_BPF"]}}]}""", "excludes")]
    public void Seccomp_ThatARuntimeWouldNotFilterBy_IsRefused(string profile, string why) =>
        Refuses(() => Least().WithSeccomp(System.Text.Encoding.UTF8.GetBytes(profile)), why);

    [TestCase("""{"defaultAction":"SCMP_ACT_ALLOW"}""")]
    [TestCase("""{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{},"excludes":{},"comment":""}]}""")]
    public void Seccomp_OfTheSpecification_IsWrittenAsItIs(string profile) =>
        Assert.That(Json(Least().WithSeccomp(System.Text.Encoding.UTF8.GetBytes(profile)))["linux"]!["seccomp"]!.ToJsonString(), Is.EqualTo(profile));

    [Test]
    public void Rootfs_ThroughSymbolicLinks_IsWrittenAsWhereItIs()
    {
        string root = Directory.CreateTempSubdirectory("shim-links").FullName;
        try
        {
            string rootfs = Directory.CreateDirectory(Path.Combine(root, "images", "rootfs")).FullName;
            Directory.CreateSymbolicLink(Path.Combine(root, "store"), Path.Combine(root, "images"));
            Directory.CreateSymbolicLink(Path.Combine(root, "latest"), "store/rootfs");

            JsonObject config = Json(new BundleBuilder().WithRootfs(Path.Combine(root, "latest")).WithArgs("true"));

            Assert.That((string?)config["root"]!["path"], Is.EqualTo(rootfs));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static BundleBuilder Least() => new BundleBuilder().WithRootfs("/").WithArgs("true");

    private static JsonObject Json(BundleBuilder builder, BundleContext? context = null) => JsonNode.Parse(builder.ToJson(context ?? Context))!.AsObject();

    private static string[] Texts(JsonNode array) => [.. array.AsArray().Select(static text => (string)text!)];

    private static void Refuses(Action action, string word)
    {
        ShimException? refusal = Assert.Throws<ShimException>(() => action());
        Assert.That(refusal!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(refusal.Message, Does.Contain(word));
    }
}
