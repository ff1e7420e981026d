using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>What a <see cref="BundleBuilder"/> writes, as the real runtime and kernel understand it.</summary>
public sealed class BundleTests : EmbeddingFixture
{
    [Test]
    public async Task Container_OfTheDefaults_IsConfined()
    {
        Assert.That(
            await LinesAsync(EmbeddedSite.Shell(
                """
                hostname
                id -u
                ls /sys/class/net
                grep NoNewPrivs /proc/self/status | cut -f2
                grep CapEff /proc/self/status | cut -f2
                cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c
                echo x 2>/dev/null > /proc/sys/kernel/hostname || echo read-only
                dd if=/dev/mem of=/dev/null count=1 2>/dev/null || echo no device
                ls /dev/shm /dev/mqueue | wc -l
                [ -d /sys/fs/cgroup ] && echo cgroups
                """)),
            Is.EqualTo((string[])["c1", "0", "lo", "1", "00000000a80425fb", "0", "read-only", "no device", "3", "cgroups"]));
    }

    [Test]
    public async Task Container_OfEveryWord_HasIt()
    {
        string file = Path.Combine(Site.Directory, "file");
        await File.WriteAllTextAsync(file, "from the host\n");
        BundleBuilder bundle = EmbeddedSite.Shell(
                """
                hostname
                id -u; id -g; id -G
                pwd
                echo $COLOUR
                cat /mnt/file
                echo x 2>/dev/null > /mnt/file || echo read-only
                df -k /scratch | tail -1 | awk '{print $2}'
                ulimit -n
                cat /proc/sys/net/ipv4/ip_forward
                cat /proc/self/oom_score_adj
                grep CapBnd /proc/self/status | cut -f2
                """)
            .WithHostname("other")
            .WithUser(1000, 1001, 1002)
            .WithWorkingDirectory("/tmp")
            .WithEnv("COLOUR", "light blue")
            .AddMount("tmpfs", "/mnt", "tmpfs", "mode=755")
            .AddBindMount(file, "/mnt/file", readOnly: true)
            .AddTmpfs("/scratch", 1L << 20)
            .AddProcessLimit(new ProcessLimit("RLIMIT_NOFILE", 100, 200))
            .WithSysctl("net.ipv4.ip_forward", "1")
            .WithOomScoreAdjustment(300)
            .WithCapabilities("CAP_KILL")
            .WithAnnotation("org.example.note", "\"quoted\"")
            .WithSeccomp("""{"defaultAction":"SCMP_ACT_ALLOW"}"""u8.ToArray());
        Assert.That(
            await LinesAsync(bundle),
            Is.EqualTo((string[])["other", "1000", "1001", "1001 1002", "/tmp", "light blue", "from the host", "read-only", "1024", "100", "1", "300", "0000000000000020"]));
    }

    [Test]
    public async Task Container_InTheHostsNetwork_SeesIt()
    {
        string[] here = [.. Directory.EnumerateFileSystemEntries("/sys/class/net").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.That(await LinesAsync(EmbeddedSite.Shell("ls /sys/class/net").WithHostNetwork()), Is.EqualTo(here));
    }

    [Test]
    public async Task Container_InThePidNamespaceOfAnother_IsKilledWithAllItsProcesses()
    {
        ShimContainer first = await RunAsync(EmbeddedSite.Shell("sleep 1000"));
        ShimContainer second = await RunAsync(
            EmbeddedSite.Shell("sleep 2000 & echo ready; wait").JoinNamespace(NamespaceKind.Pid, $"/proc/{first.Pid}/ns/pid"),
            ContainerStdio.OutputStreams,
            "c2");
        await EmbeddedSite.ReadyAsync(second);
        IReadOnlyList<Tasks.ContainerProcess> processes = await second.PidsAsync();
        Assert.That(processes, Has.Count.EqualTo(2));

        await second.StopAsync(TimeSpan.Zero).WaitAsync(EmbeddedSite.Bound);
        Assert.That(processes.Where(process => ProcFs.IsAlive(process.Pid)), Is.Empty);
        Assert.That(first.Exit, Is.Null);
    }

    [Test]
    public async Task Container_InAUserNamespace_HasOtherUsersOutside()
    {
        ShimContainer container = await RunAsync(new BundleBuilder()
            .WithRootfs(TestPaths.Rootfs, readOnly: true)
            .WithArgs("sleep", "1000")
            .WithUserNamespace([new IdMapping(0, 100_000, 65_536)], [new IdMapping(0, 100_000, 65_536)]));
        string status = await File.ReadAllTextAsync($"/proc/{container.Pid}/status");
        Assert.That(status, Does.Contain("Uid:\t100000\t"));
    }

    [Test]
    public async Task Bundle_Rootless_IsRunByAnOrdinaryUser()
    {
        const uint Nobody = 65534;
        string bundle = Path.Combine(Site.Directory, "rootless");
        EmbeddedSite.Shell("id -u; cat /proc/self/uid_map").AsRootless()
            .WithUserNamespace([new IdMapping(0, Nobody, 1)], [new IdMapping(0, Nobody, 1)])
            .WriteTo(bundle);
        File.SetUnixFileMode(Site.Directory, (UnixFileMode)0b111_101_101);
        (await Command.RunAsync("chown", ["-R", $"{Nobody}:{Nobody}", bundle])).EnsureSuccess();

        string[] arguments = ["--reuid", $"{Nobody}", "--regid", $"{Nobody}", "--clear-groups", "runc", "--root", bundle + "/state", "run", "--bundle", bundle, "c1"];
        CommandResult result = (await Command.RunAsync("setpriv", arguments)).EnsureSuccess();
        Assert.That(result.Stdout.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), Is.EqualTo((string[])["0", "0", $"{Nobody}", "1"]));
    }

    private async Task<string[]> LinesAsync(BundleBuilder bundle)
    {
        ShimContainer container = await RunAsync(bundle, ContainerStdio.OutputStreams);
        string output = await EmbeddedSite.ReadAllAsync(container.StandardOutput);
        Assert.That(await EmbeddedSite.ReadAllAsync(container.StandardError), Is.Empty);
        return output.TrimEnd('\n').Split('\n');
    }
}
