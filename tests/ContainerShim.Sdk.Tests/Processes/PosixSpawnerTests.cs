using System.Diagnostics;
using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Processes;

internal sealed class PosixSpawnerTests
{
    [Test]
    public async Task Spawn_NextToProcessUsers_GivesBothExactStatuses()
    {
        using OsFixture os = new();
        int wrong = 0;
        async Task SpawnManyAsync(int seed)
        {
            for (int i = 0; i < 250; i++)
            {
                int code = (seed * 31 + i) % 256;
                using IProcessWatch watch = os.StartShell(string.Create(CultureInfo.InvariantCulture, $"exit {code}"));
                ProcessExit exit = await watch.Exited.WaitAsync(OsFixture.Bound);
                Interlocked.Add(ref wrong, exit.ExitCode == code ? 0 : 1);
            }
        }

        async Task StartManyAsync()
        {
            for (int i = 0; i < 100; i++)
            {
                using Process process = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"exit {i}")]);
                await process.WaitForExitAsync().WaitAsync(OsFixture.Bound);
                Interlocked.Add(ref wrong, process.ExitCode == i ? 0 : 1);
            }
        }

        await Task.WhenAll([.. Enumerable.Range(0, 4).Select(seed => Task.Run(() => SpawnManyAsync(seed))), Task.Run(StartManyAsync)]);
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public async Task Spawn_Many_LeavesNoDescriptorBehind()
    {
        using OsFixture os = new();
        await os.ReadShellAsync("true");
        int before = OsFixture.CountDescriptors();
        for (int i = 0; i < 50; i++)
        {
            await os.ReadShellAsync("echo x");
            Assert.Throws<ShimException>(() => os.Spawner.Spawn(new SpawnRequest { FileName = "/nope", Arguments = ["nope"] }));
        }

        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
    }

    [Test]
    public async Task Child_Signals_AreDefaultAndUnblocked()
    {
        using OsFixture os = new();
        ProcessSetup.IgnoreHangUps();
        string status = await os.ReadShellAsync("exec grep -E '^Sig(Ign|Blk)' /proc/self/status");
        Assert.That(status, Is.EqualTo("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"));
    }

    [Test]
    public async Task Child_Descriptors_AreExactlyThoseNamed()
    {
        using OsFixture os = new();
        using SafeFd extra = Libc.Open("/etc/passwd", OpenFlags.ReadOnly);
        string listing = await os.ReadShellAsync("exec ls -l /proc/self/fd", request => request with { ExtraDescriptors = [extra] });
        // The directory that ls itself reads is not inherited.
        string[] lines = [.. listing.Split('\n').Where(static line => line.Contains(" -> ", StringComparison.Ordinal) && !line.Contains("-> /proc/", StringComparison.Ordinal))
            .Select(static line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[8..]))];
        Assert.That(lines.Select(static line => line.Split(' ')[0]), Is.EqualTo(new[] { "0", "1", "2", "3" }));
        Assert.That(lines[0], Is.EqualTo("0 -> /dev/null"));
        Assert.That(lines[1], Does.StartWith("1 -> pipe:"));
        Assert.That(lines[2], Is.EqualTo("2 -> /dev/null"));
        Assert.That(lines[3], Is.EqualTo("3 -> /etc/passwd"));
    }

    [Test]
    public async Task Child_DescriptorsWhoseNumbersOverlapTheTargets_ArriveWhereTheyBelong()
    {
        using OsFixture os = new();
        List<SafeFd> files = [.. Enumerable.Range(0, 40).Select(static _ => Libc.Open("/dev/zero", OpenFlags.ReadOnly))];
        files.Reverse();
        string listing = await os.ReadShellAsync("ls -l /proc/$$/fd | grep -c /dev/zero; readlink /proc/$$/fd/1", request => request with { ExtraDescriptors = files });
        files.ForEach(static file => file.Dispose());
        Assert.That(listing, Does.StartWith("40\npipe:"));
    }

    [Test]
    public async Task Child_DirectoryEnvironmentAndGroup_AreThoseRequested()
    {
        using OsFixture os = new();
        string text = await os.ReadShellAsync("pwd; env | grep -E '^(A|HOME)='; test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo leader", request => request with
        {
            WorkingDirectory = "/usr",
            Environment = ["PATH=/usr/bin:/bin", "A=é b"],
            NewProcessGroup = true,
        });
        Assert.That(text, Is.EqualTo("/usr\nA=é b\nleader\n"));
    }

    [TestCase("/nope/x", "/", ShimErrorCode.NotFound, "fork/exec /nope/x: no such file or directory")]
    [TestCase("/etc/passwd", "/", ShimErrorCode.PermissionDenied, "fork/exec /etc/passwd: permission denied")]
    [TestCase("/bin/true", "/nope", ShimErrorCode.NotFound, "chdir /nope: no such file or directory")]
    public void Spawn_ThatFails_SaysSoAsGoDoes(string file, string directory, ShimErrorCode code, string message)
    {
        using OsFixture os = new();
        ShimException exception = Assert.Throws<ShimException>(() =>
            os.Spawner.Spawn(new SpawnRequest { FileName = file, Arguments = ["x"], WorkingDirectory = directory }))!;
        Assert.That(exception.Code, Is.EqualTo(code));
        Assert.That(exception.Message, Is.EqualTo(message));
    }

    [Test]
    public void Spawn_ArgumentWithNul_IsInvalid()
    {
        using OsFixture os = new();
        ShimException exception = Assert.Throws<ShimException>(() => os.Spawner.Spawn(new SpawnRequest { FileName = "/bin/true", Arguments = ["a\0b"] }))!;
        Assert.That(exception.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
    }

    [Test]
    public async Task ProcessLimits_SetBack_AreInherited()
    {
        using OsFixture os = new();
        ulong before = ProcessLimits.SoftDescriptors;
        Assert.That(ProcessLimits.ReadSoftDescriptors(Environment.ProcessId), Is.EqualTo(before));
        ProcessLimits.SetSoftDescriptors(1024);
        try
        {
            Assert.That(await os.ReadShellAsync("ulimit -Sn"), Is.EqualTo("1024\n"));
        }
        finally
        {
            ProcessLimits.SetSoftDescriptors(before);
        }
    }
}
