using System.Diagnostics;
using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Reaper;

internal sealed class ReaperSpawnerTests
{
    [Test]
    public async Task Spawn_ManyAtOnce_GivesExactStatuses()
    {
        using ReaperFixture reaper = new();
        int wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                int code = (seed * 31 + i) % 256;
                using IProcessWatch watch = reaper.StartShell(string.Create(CultureInfo.InvariantCulture, $"exit {code}"));
                ProcessExit exit = await watch.Exited.WaitAsync(OsFixture.Bound);
                Interlocked.Add(ref wrong, exit.ExitCode == code && exit.Pid == watch.Pid ? 0 : 1);
            }
        })));
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public async Task Spawn_Many_LeavesNeitherDescriptorsNorChildrenBehind()
    {
        using ReaperFixture reaper = new();
        await reaper.ReadShellAsync("true");
        int before = OsFixture.CountDescriptors();
        for (int i = 0; i < 50; i++)
        {
            await reaper.ReadShellAsync("echo x");
            Assert.Throws<ShimException>(() => reaper.Spawner.Spawn(new SpawnRequest { FileName = "/nope", Arguments = ["nope"] }));
        }

        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
        string pid = reaper.Link.Pid.ToString(CultureInfo.InvariantCulture);
        await OsFixture.UntilAsync(() => File.ReadAllText($"/proc/{pid}/task/{pid}/children").Length == 0);
        Assert.That(Directory.GetFiles($"/proc/{pid}/fd"), Has.Length.EqualTo(6), "0, 1, 2, the listener, the signals, this client");
    }

    [Test]
    public async Task Child_SignalsDescriptorsDirectoryEnvironmentAndGroup_AreThoseRequested()
    {
        using ReaperFixture reaper = new();
        using SafeFd extra = Libc.Open("/etc/passwd", OpenFlags.ReadOnly);
        const string Script =
            "grep -E '^Sig(Ign|Blk)' /proc/self/status; pwd; echo $A; test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo leader; for i in 0 1 2 3 4; do readlink /proc/$$/fd/$i; done";
        string text = await reaper.ReadShellAsync(Script, request => request with
        {
            WorkingDirectory = "/usr",
            Environment = ["PATH=/usr/bin:/bin", "A=é b"],
            ExtraDescriptors = [extra],
            NewProcessGroup = true,
        });
        Assert.That(text, Does.Match(
            @"\ASigBlk:\t0{16}\nSigIgn:\t0{16}\n/usr\né b\nleader\n/dev/null\npipe:\[\d+\]\n/dev/null\n/etc/passwd\n\z"));
    }

    [Test]
    public async Task Child_ManyDescriptors_ArriveWhereTheyBelong()
    {
        using ReaperFixture reaper = new();
        List<SafeFd> files = [.. Enumerable.Range(0, 40).Select(static _ => Libc.Open("/dev/zero", OpenFlags.ReadOnly))];
        string listing = await reaper.ReadShellAsync("ls -l /proc/$$/fd | grep -c /dev/zero; readlink /proc/$$/fd/1", request => request with { ExtraDescriptors = files });
        files.ForEach(static file => file.Dispose());
        Assert.That(listing, Does.StartWith("40\npipe:"));
    }

    [TestCase("/nope/x", "/", ShimErrorCode.NotFound, "fork/exec /nope/x: no such file or directory")]
    [TestCase("/etc/passwd", "/", ShimErrorCode.PermissionDenied, "fork/exec /etc/passwd: permission denied")]
    [TestCase("/bin/true", "/nope", ShimErrorCode.NotFound, "chdir /nope: no such file or directory")]
    public void Spawn_ThatFails_SaysSoAsGoDoes(string file, string directory, ShimErrorCode code, string message)
    {
        using ReaperFixture reaper = new();
        ShimException exception = Assert.Throws<ShimException>(() =>
            reaper.Spawner.Spawn(new SpawnRequest { FileName = file, Arguments = ["x"], WorkingDirectory = directory }))!;
        Assert.That((exception.Code, exception.Message), Is.EqualTo((code, message)));
    }

    [Test]
    public void Spawn_ArgumentWithNulOrTooLong_IsRefused()
    {
        using ReaperFixture reaper = new();
        SpawnRequest request = new() { FileName = "/bin/true", Arguments = ["a\0b"] };
        Assert.That(Assert.Throws<ShimException>(() => reaper.Spawner.Spawn(request))!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        request = request with { Arguments = [new string('x', 200_000)] };
        Assert.That(Assert.Throws<ShimException>(() => reaper.Spawner.Spawn(request))!.Code, Is.EqualTo(ShimErrorCode.ResourceExhausted));
    }

    [Test]
    public async Task Spawn_WithoutADescriptorLeft_SaysSoAndRecovers()
    {
        using ReaperFixture reaper = new();
        await LimitAsync(reaper, "6");
        Assert.That(Assert.Throws<ShimException>(() => reaper.StartShell("exit 1"))!.Code, Is.EqualTo(ShimErrorCode.ResourceExhausted));
        await LimitAsync(reaper, "1024");
        using IProcessWatch watch = reaper.StartShell("exit 1");
        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(1));
    }

    [Test]
    public async Task Watch_DisposedBeforeTheEnd_IsCollectedAllTheSame()
    {
        using ReaperFixture reaper = new();
        IProcessWatch watch = reaper.StartShell("exec sleep 1000");
        watch.Signal(9);
        watch.Dispose();
        await OsFixture.UntilAsync(() => OsFixture.StateOf(watch.Pid) is null);
    }

    [Test]
    public async Task Reaper_ThatIsKilled_IsReplacedWithTheNextStart()
    {
        using ReaperFixture reaper = new();
        int first = reaper.Link.Pid;
        using Process victim = Process.GetProcessById(first);
        victim.Kill();
        await OsFixture.UntilAsync(() => OsFixture.StateOf(first) is null or 'Z');
        await OsFixture.UntilAsync(() =>
        {
            try
            {
                using IProcessWatch watch = reaper.StartShell("exit 1");
                return true;
            }
            catch (ShimException exception) when (exception.Code == ShimErrorCode.Unavailable)
            {
                return false;
            }
        });
        using IProcessWatch next = reaper.StartShell("exit 6");
        Assert.That((await next.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(6));
        Assert.That(reaper.Link.Pid, Is.Not.EqualTo(first));
    }

    private static async Task LimitAsync(ReaperFixture reaper, string soft)
    {
        using Process prlimit = Process.Start("prlimit", ["--pid", reaper.Link.Pid.ToString(CultureInfo.InvariantCulture), $"--nofile={soft}:"]);
        await prlimit.WaitForExitAsync().WaitAsync(OsFixture.Bound);
        Assert.That(prlimit.ExitCode, Is.Zero);
    }
}
