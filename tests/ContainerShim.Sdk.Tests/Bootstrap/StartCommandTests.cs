using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Bootstrap;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf;
using Extension = ContainerShim.Sdk.Protocol.Bootstrap.Extension;
using RuncOptions = ContainerShim.Sdk.Protocol.Runc.Options;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class StartCommandTests
{
    private ShimFixture _shim = null!;

    [SetUp]
    public void MakeFixture() => _shim = new ShimFixture();

    [TearDown]
    public void DisposeFixture() => _shim.Dispose();

    [Test]
    public async Task Start_Parameters_AreAnsweredWithAResultAndNothingElse()
    {
        _shim.MakeBundle("c1");
        ShimRun run = await _shim.StartAsync("c1");

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(
            BootstrapResult.Parser.ParseFrom(run.Output),
            Is.EqualTo(new BootstrapResult { Version = 3, Address = "unix://" + _shim.SocketOf("c1"), Protocol = "ttrpc" }));
        Assert.That(File.ReadAllText(_shim.BundleOf("c1") + "/address"), Is.EqualTo("unix://" + _shim.SocketOf("c1")));
        (TtrpcChannel channel, _) = await _shim.ConnectAsync(_shim.SocketOf("c1"));
        await channel.DisposeAsync();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Start_OlderContainerd_IsAnsweredWithThePlainAddress(bool withOptions)
    {
        _shim.MakeBundle("c1");
        byte[] input = withOptions ? TypeUrls.Pack(TypeUrls.RuncOptions, new RuncOptions { BinaryName = "crun" }).ToByteArray() : [];
        string path = SocketAddress.PathFor(_shim.Address, ShimFixture.Namespace, "c1", null);
        try
        {
            ShimRun run = await _shim.RunAsync(_shim.BundleOf("c1"), _shim.Arguments("c1", "start"), input);
            Assert.That((run.ExitCode, run.Error, run.Text), Is.EqualTo((0, "", "unix://" + path)));
            (TtrpcChannel channel, _) = await _shim.ConnectAsync(path);
            await channel.DisposeAsync();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public async Task Start_SecondOfTheSameGroup_GivesTheSameAddressAndNoOtherProcess()
    {
        const string Group = """ "io.kubernetes.cri.sandbox-id":"pod" """;
        _shim.MakeBundle("c1", Group);
        _shim.MakeBundle("c2", Group);
        ShimRun first = await _shim.StartAsync("c1");
        (TtrpcChannel channel, int pid) = await _shim.ConnectAsync(_shim.SocketOf("pod"));
        await channel.DisposeAsync();

        ShimRun second = await _shim.StartAsync("c2");
        Assert.That((second.ExitCode, second.Error), Is.EqualTo((0, "")));
        Assert.That(second.Output, Is.EqualTo(first.Output));
        Assert.That(File.ReadAllText(_shim.BundleOf("c2") + "/address"), Is.EqualTo("unix://" + _shim.SocketOf("pod")));
        Assert.That((_shim.CountServing("c1"), _shim.CountServing("c2")), Is.EqualTo((1, 0)));
        (channel, int again) = await _shim.ConnectAsync(_shim.SocketOf("pod"));
        await channel.DisposeAsync();
        Assert.That(again, Is.EqualTo(pid));
    }

    [TestCase("io.containerd.runc.v2.group", "../other/g")]
    [TestCase("io.containerd.runc.v2.group", "a/b")]
    [TestCase("io.kubernetes.cri.sandbox-id", "..")]
    public async Task Start_GroupThatLeadsElsewhere_IsRefused(string annotation, string group)
    {
        _shim.MakeBundle("c1", $"\"{annotation}\":\"{group}\"");
        ShimRun run = await _shim.StartAsync("c1");
        AssertFailed(run, "identifier");
        Assert.That(_shim.CountServing("c1"), Is.Zero);
    }

    [Test]
    public async Task Start_SixAtOnceForOneGroup_LeaveOneShim()
    {
        string[] ids = [.. Enumerable.Range(0, 6).Select(static i => "c" + i)];
        foreach (string id in ids)
        {
            _shim.MakeBundle(id, """ "io.containerd.runc.v2.group":"g" """);
        }

        ShimRun[] runs = await Task.WhenAll(ids.Select(_shim.StartAsync));
        (TtrpcChannel channel, _) = await _shim.ConnectAsync(_shim.SocketOf("g"));
        await channel.DisposeAsync();
        Assert.That(runs.Select(static run => (run.ExitCode, run.Error)), Has.All.EqualTo((0, "")));
        Assert.That(ids.Sum(_shim.CountServing), Is.EqualTo(1));
    }

    [Test]
    public async Task Start_SocketOfADeadShim_IsReplaced()
    {
        (TtrpcChannel channel, int dead) = await _shim.ServeAsync("c1");
        ShimFixture.Signal(dead, 9);
        await ShimFixture.EndedAsync(dead);
        await channel.DisposeAsync();
        Assert.That(File.Exists(_shim.SocketOf("c1")), Is.True);

        ShimRun run = await _shim.StartAsync("c1");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        (channel, int pid) = await _shim.ConnectAsync(_shim.SocketOf("c1"));
        await channel.DisposeAsync();
        Assert.That(pid, Is.Not.EqualTo(dead));
    }

    [TestCase("", "shim namespace cannot be empty")]
    [TestCase("../x", "identifier")]
    [TestCase("-x", "identifier")]
    public async Task Start_BadNamespace_FailsWithTheReasonOnStandardError(string containerdNamespace, string reason)
    {
        _shim.MakeBundle("c1");
        ShimRun run = await _shim.RunAsync(_shim.BundleOf("c1"), ["-namespace", containerdNamespace, "-id", "c1", "start"]);
        AssertFailed(run, reason);
    }

    [TestCase("")]
    [TestCase("..")]
    [TestCase("-id")]
    [TestCase("a/b")]
    public async Task Start_BadId_FailsWithTheReasonOnStandardError(string id)
    {
        _shim.MakeBundle("c1");
        AssertFailed(await _shim.RunAsync(_shim.BundleOf("c1"), _shim.Arguments(id, "start")), "identifier");
    }

    [Test]
    public async Task Start_BrokenConfiguration_FailsAndLeavesNoSocket()
    {
        _shim.MakeBundle("c1");
        await File.WriteAllTextAsync(_shim.BundleOf("c1") + "/config.json", "");
        AssertFailed(await _shim.StartAsync("c1"), "config.json");
        Assert.That(File.Exists(_shim.SocketOf("c1")), Is.False);
    }

    [Test]
    public async Task Start_AddressCannotBeWritten_LeavesNeitherProcessNorSocket()
    {
        _shim.MakeBundle("c1");
        Directory.CreateDirectory(_shim.BundleOf("c1") + "/address");
        AssertFailed(await _shim.StartAsync("c1"), "address");
        Assert.That(File.Exists(_shim.SocketOf("c1")), Is.False);
        Assert.That(_shim.CountServing("c1"), Is.Zero);
    }

    [Test]
    public async Task Start_ShimCgroupCannotBeJoined_LeavesNeitherProcessNorSocket()
    {
        _shim.MakeBundle("c1");
        BootstrapParams parameters = BootstrapParams.Parser.ParseFrom(_shim.Parameters("c1"));
        parameters.Extensions.Add(new Extension
        {
            // Every hierarchy has a file of this name at its root.
            Value = TypeUrls.Pack(TypeUrls.RuncOptions, new RuncOptions { ShimCgroup = "/cgroup.procs/x" }),
        });
        ShimRun run = await _shim.RunAsync(_shim.BundleOf("c1"), _shim.Arguments("c1", "start"), parameters.ToByteArray());
        AssertFailed(run, "cgroup.procs");
        await Linux.OsFixture.UntilAsync(() => _shim.CountServing("c1") == 0);
        Assert.That(File.Exists(_shim.SocketOf("c1")), Is.False);
    }

    [Test]
    public async Task Start_FileHasTheSocketsPath_FailsAndLeavesIt()
    {
        _shim.MakeBundle("c1");
        Directory.CreateDirectory(_shim.SocketDirectory, (UnixFileMode)0x1C0);
        File.WriteAllText(_shim.SocketOf("c1"), "mine");
        AssertFailed(await _shim.StartAsync("c1"), "is not a socket");
        Assert.That(File.ReadAllText(_shim.SocketOf("c1")), Is.EqualTo("mine"));
    }

    [Test]
    public async Task Start_UnknownAction_IsRefused()
    {
        _shim.MakeBundle("c1");
        AssertFailed(await _shim.RunAsync(_shim.BundleOf("c1"), _shim.Arguments("c1", "stop")), "unknown action stop");
    }

    [Test]
    public async Task Start_TheServingProcess_HoldsNothingOfItsStarter()
    {
        (TtrpcChannel channel, int pid) = await _shim.ServeAsync("c1");
        await channel.DisposeAsync();
        string[] standard = [.. Enumerable.Range(0, 2).Select(i => new FileInfo($"/proc/{pid}/fd/{i}").LinkTarget!)];
        Assert.That(standard, Has.All.EqualTo("/dev/null"));
        Assert.That(new FileInfo($"/proc/{pid}/fd/2").LinkTarget, Is.EqualTo(_shim.BundleOf("c1") + "/log"));
        string environment = File.ReadAllText($"/proc/{pid}/environ");
        Assert.That(environment.Split('\0'), Has.None.StartsWith("NOTIFY_SOCKET="));
        Assert.That(environment.Split('\0'), Has.Some.EqualTo($"TTRPC_ADDRESS={_shim.Address}.ttrpc"));
        int own = int.Parse(File.ReadAllText("/proc/self/oom_score_adj"));
        Assert.That(File.ReadAllText($"/proc/{pid}/oom_score_adj").Trim(), Is.EqualTo(Math.Min(own + 1, 1000).ToString()));
    }

    private static void AssertFailed(ShimRun run, string reason)
    {
        Assert.That((run.ExitCode, run.Text), Is.EqualTo((1, "")));
        Assert.That(run.Error, Does.StartWith("io.containerd.dotnet.v1: ").And.Contain(reason));
        Assert.That(run.Error.TrimEnd('\n'), Does.Not.Contain("\n"));
    }
}
