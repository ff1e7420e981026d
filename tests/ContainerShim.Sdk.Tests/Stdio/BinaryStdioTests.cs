using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Consoles;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>The loggers are shell scripts, owned by root as the rules want it: these tests need root.</summary>
internal sealed class BinaryStdioTests
{
    private static readonly TimeSpan Bound = OsFixture.Bound;

    [Test]
    public async Task Logger_GetsBothStreamsItsArgumentsAndOnlyTwoVariables()
    {
        using StdioFixture fixture = new();
        string log = Path.Combine(fixture.Directory, "log");
        string logger = WriteScript(fixture, $"echo \"$@\" >{log}; /usr/bin/env | /bin/grep CONTAINER >>{log}; exec 5>&-; /bin/cat <&3 >>{log}; /bin/cat <&4 >>{log}; echo done >>{log}");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"binary://{logger}?k=v%20w&flag");
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo out; echo err >&2");
        await watch.Exited.WaitAsync(Bound);
        await OsFixture.UntilAsync(() => File.ReadAllText(log).EndsWith("done\n", StringComparison.Ordinal));
        Assert.That(await File.ReadAllTextAsync(log), Is.EqualTo("k v w flag\nCONTAINER_ID=id1\nCONTAINER_NAMESPACE=ns1\nout\nerr\ndone\n"));
    }

    [Test]
    public async Task Logger_HasTwoVariablesAndDescriptorsUpToFiveAlone()
    {
        using StdioFixture fixture = new();
        string log = Path.Combine(fixture.Directory, "log");
        string logger = WriteScript(fixture, $"/bin/tr '\\0' '\\n' </proc/$$/environ >{log}; for fd in 0 1 2; do x=$(/bin/readlink /proc/$$/fd/$fd); echo $x >>{log}; done; /bin/ls /proc/$$/fd >{log}.fds; echo done >>{log}");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"binary://{logger}");
        await OsFixture.UntilAsync(() => File.Exists(log) && File.ReadAllText(log).EndsWith("done\n", StringComparison.Ordinal));
        Assert.That(
            (await File.ReadAllLinesAsync(log))[..^1],
            Is.EqualTo(new[] { "CONTAINER_ID=id1", "CONTAINER_NAMESPACE=ns1", "/dev/null", "/dev/null", "/dev/null" }));
        string[] descriptors = [.. await File.ReadAllLinesAsync(log + ".fds")];
        // From 10 on they are the shell's own: its script, and what a redirection moves aside.
        Assert.That(descriptors.Where(static name => int.Parse(name, System.Globalization.CultureInfo.InvariantCulture) < 10), Is.EqualTo(new[] { "0", "1", "2", "3", "4", "5" }));
    }

    [Test]
    public async Task Open_WaitsUntilTheLoggerIsReady()
    {
        using StdioFixture fixture = new();
        string gate = fixture.MakeFifo("gate");
        string logger = WriteScript(fixture, $"read x <{gate}; exec 5>&-; exec /bin/cat <&3");
        Task<IProcessStdio> open = fixture.OpenAsync(stdout: $"binary://{logger}");
        Assert.That(open.IsCompleted, Is.False);
        await File.WriteAllTextAsync(gate, "go\n");
        await using IProcessStdio stdio = await open.WaitAsync(Bound);
    }

    [Test]
    public void BinaryV2_LoggerThatEndsWithoutAByte_Fails()
    {
        using StdioFixture fixture = new();
        string logger = WriteScript(fixture, "exit 1");
        Assert.That(async () => await fixture.OpenAsync(stdout: $"binary-v2://{logger}").WaitAsync(Bound), Throws.TypeOf<ShimException>().With.Message.Contains("before it was ready"));
    }

    [Test]
    public async Task Logger_ThatDies_DoesNotHoldTheProcessUp()
    {
        using StdioFixture fixture = new();
        string logger = WriteScript(fixture, "exec 5>&-; exit 1");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"binary://{logger}");
        using IProcessWatch watch = await fixture.RunAsync(stdio, "head -c 3000000 /dev/zero; exit 4");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.EqualTo(4));
    }

    [Test]
    public async Task Dispose_LoggerThatIgnoresSigterm_IsKilledAfterTwelveSeconds()
    {
        FakeTimeProvider time = new();
        using StdioFixture fixture = new(time);
        string pidFile = Path.Combine(fixture.Directory, "pid");
        string logger = WriteScript(fixture, $"trap '' TERM; echo $$ >{pidFile}; exec 5>&-; while :; do /bin/sleep 1; done");
        IProcessStdio stdio = await fixture.OpenAsync(stdout: $"binary://{logger}");
        int pid = int.Parse(await File.ReadAllTextAsync(pidFile), System.Globalization.CultureInfo.InvariantCulture);
        await stdio.DisposeAsync();
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.That(OsFixture.StateOf(pid), Is.Not.Null);
        await OsFixture.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return OsFixture.StateOf(pid) is null;
        });
    }

    [Test]
    public async Task Terminal_WithALogger_IsCopiedToIt()
    {
        using StdioFixture fixture = new();
        string log = Path.Combine(fixture.Directory, "log");
        string logger = WriteScript(fixture, $"exec 5>&-; /bin/cat <&3 >{log}; echo done >>{log}");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"binary://{logger}", terminal: true);
        using (FakeTerminal terminal = new())
        using (SafeFd slave = terminal.OpenSlave())
        {
            FakeTerminal.Send(stdio.ChildEnds.ConsoleSocket!, terminal.Master);
            await stdio.AttachAsync(CancellationToken.None).WaitAsync(Bound);
            StdioFixture.Write(slave, "text"u8);
        }

        stdio.NoteExit();
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        await OsFixture.UntilAsync(() => File.Exists(log) && File.ReadAllText(log) == "textdone\n");
    }

    [Test]
    public void MissingLogger_Text_IsThatOfContainerd()
    {
        using StdioFixture fixture = new();
        Assert.That(
            async () => await fixture.OpenAsync(stdout: "binary:///nope/logger"),
            Throws.TypeOf<ShimException>().With.Message.EqualTo(
                "failed to create init process I/O: failed to start binary process: fork/exec /nope/logger: no such file or directory"));
    }

    [TestCase("binary:///bin/../bin/sh", ShimErrorCode.InvalidArgument)]
    [TestCase("binary:///bin/sh?a%0Ab", ShimErrorCode.InvalidArgument)]
    [TestCase("binary:///bin/sh?a%00b", ShimErrorCode.InvalidArgument)]
    [TestCase("binary:///dev/null", ShimErrorCode.PermissionDenied)]
    public void Logger_AgainstTheRules_IsNotRun(string uri, ShimErrorCode code)
    {
        using StdioFixture fixture = new();
        Assert.That(async () => await fixture.OpenAsync(stdout: uri), Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(code));
    }

    [Test]
    public void Logger_ThatOthersMayWriteTo_IsNotRun()
    {
        using StdioFixture fixture = new();
        string logger = WriteScript(fixture, "exit 0");
        File.SetUnixFileMode(logger, File.GetUnixFileMode(logger) | UnixFileMode.OtherWrite);
        Assert.That(async () => await fixture.OpenAsync(stdout: $"binary://{logger}"), Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.PermissionDenied));
    }

    [Test]
    public void Logger_InADirectoryThatOthersMayWriteTo_IsNotRun()
    {
        using StdioFixture fixture = new();
        string logger = WriteScript(fixture, "exit 0");
        File.SetUnixFileMode(fixture.Directory, File.GetUnixFileMode(fixture.Directory) | UnixFileMode.OtherWrite);
        Assert.That(
            async () => await fixture.OpenAsync(stdout: $"binary://{logger}"),
            Throws.TypeOf<ShimException>().With.Message.Contains("directory").And.Property("Code").EqualTo(ShimErrorCode.PermissionDenied));
    }

    [TestCase(0u, ExpectedResult = true)]
    [TestCase(50u, ExpectedResult = false)]
    public bool Logger_InADirectoryThatAGroupMayWriteTo_IsRunIfTheGroupIsRoots(uint group)
    {
        using StdioFixture fixture = new();
        string logger = WriteScript(fixture, "exit 0");
        using (SafeFd directory = Libc.Open(fixture.Directory, OpenFlags.ReadOnly))
        {
            Libc.ChangeOwner(directory, 0, group);
        }

        File.SetUnixFileMode(fixture.Directory, File.GetUnixFileMode(fixture.Directory) | UnixFileMode.GroupWrite);
        return IsAllowed(logger, new FileOwners(Self: 0, Unmapped: null));
    }

    [TestCase(null, ExpectedResult = false)]
    [TestCase(65534u, ExpectedResult = true)]
    public bool Logger_OfAUserWithoutANumber_IsRunInAUserNamespace(uint? unmapped)
    {
        using StdioFixture fixture = new();
        string logger = WriteScript(fixture, "exit 0");
        foreach (string path in new[] { logger, fixture.Directory })
        {
            using SafeFd file = Libc.Open(path, OpenFlags.ReadOnly);
            Libc.ChangeOwner(file, 65534, 65534);
        }

        return IsAllowed(logger, new FileOwners(Self: 1000, unmapped));
    }

    [TestCase("         0          0 4294967295\n", ExpectedResult = true)]
    [TestCase("         0       1000          1\n         1     100000      65536\n", ExpectedResult = false)]
    [TestCase("         0     100000 4294867295\n", ExpectedResult = false)]
    public bool UserMap_OfTheInitialNamespace_IsWhole(string map) => FileOwners.IsWholeMap(map);

    [Test]
    public async Task Logger_OutsideTheAllowedDirectories_IsNotRun()
    {
        StdioOptions options = new();
        using StdioFixture fixture = new(options: options);
        string logger = WriteScript(fixture, "exec 5>&-; exec /bin/cat <&3");
        options.LoggerDirectories.Add(fixture.Directory[..^1]);
        Assert.That(
            async () => await fixture.OpenAsync(stdout: $"binary://{logger}"),
            Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.PermissionDenied), "a prefix of a name is another directory");
        options.LoggerDirectories.Add(fixture.Directory + "/");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"binary://{logger}");
    }

    [TestCase("binary:///bin/sh", "binary")]
    [TestCase("file:///tmp/nope/log", "file")]
    [TestCase("/nope/fifo", "fifo")]
    public void Scheme_ThatIsNotAllowed_IsRefused(string uri, string scheme)
    {
        StdioOptions options = new();
        options.Schemes.Remove(scheme);
        using StdioFixture fixture = new(options: options);
        foreach (bool terminal in new[] { false, true })
        {
            Assert.That(
                async () => await fixture.OpenAsync(stdout: uri, terminal: terminal),
                Throws.TypeOf<ShimException>().With.Message.Contains("scheme " + scheme).And.Property("Code").EqualTo(ShimErrorCode.PermissionDenied));
        }
    }

    [Test]
    public void Schemes_OfAnEngineInAHostProcess_AreFifosAlone() =>
        Assert.That(new ContainerShimOptions().Stdio.Schemes, Is.EqualTo(new[] { "fifo" }));

    private static bool IsAllowed(string logger, FileOwners owners)
    {
        try
        {
            BinaryLoggerPolicy.CheckOwners(logger, owners);
            return true;
        }
        catch (ShimException exception) when (exception.Code == ShimErrorCode.PermissionDenied)
        {
            return false;
        }
    }

    private static string WriteScript(StdioFixture fixture, string script)
    {
        string path = Path.Combine(fixture.Directory, "logger");
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
