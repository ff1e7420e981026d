using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary><c>file://</c> with formats and rotation, written to by real processes.</summary>
internal sealed partial class LogFileTests
{
    private static readonly TimeSpan Bound = OsFixture.Bound;

    [Test]
    public async Task Cri_BothStreams_AreTheKubeletsRecords()
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "log"), uri = $"file://{path}?format=cri";
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: uri, stderr: uri);
        await fixture.RunToEndAsync(stdio, "echo out; echo; echo err >&2; printf 'dos\\r\\n'; printf rest");
        string[] lines = await File.ReadAllLinesAsync(path);
        Assert.That(lines, Has.All.Matches<string>(static line => CriRecord().IsMatch(line!)));
        Assert.That(
            lines.Select(static line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]),
            Is.EquivalentTo(new[] { "stdout F out", "stdout F ", "stdout F dos", "stdout P rest", "stderr F err" }));
        Assert.That(stdio.Counters.Sum(static counters => counters.Dropped), Is.Zero);
    }

    [Test]
    public async Task Cri_LongLine_IsCutIntoPiecesOf16KiB()
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "log");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"file://{path}?format=cri");
        await fixture.RunToEndAsync(stdio, "head -c 40000 /dev/zero | tr '\\0' x; echo; head -c 16384 /dev/zero | tr '\\0' y; echo");
        string[][] records = [.. (await File.ReadAllLinesAsync(path)).Select(static line => line.Split(' ', 4))];
        Assert.That(records.Select(static record => (record[2], record[3].Length)), Is.EqualTo(new[] { ("P", 16384), ("P", 16384), ("F", 7232), ("F", 16384) }));
    }

    [Test]
    public async Task Json_Lines_AreDockersRecords()
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "log"), uri = $"file://{path}?format=json";
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: uri, stderr: uri);
        await fixture.RunToEndAsync(stdio, "printf 'a \"quoted\" <tag> \\\\ \\t\\001\\n'; printf 'x\\377y\\n'; printf 'ä\\r\\n'; printf rest; echo err >&2");
        string[] lines = await File.ReadAllLinesAsync(path);
        Assert.That(lines, Has.Some.StartsWith("{\"log\":\"a \\\"quoted\\\" \\u003ctag\\u003e \\\\ \\t\\u0001\\n\",\"stream\":\"stdout\",\"time\":\""));
        Assert.That(lines, Has.Some.StartsWith("{\"log\":\"x\\ufffdy\\n\","));
        (string, string)[] records = [.. lines.Select(static line => JsonDocument.Parse(line).RootElement)
            .Select(static record => (record.GetProperty("log").GetString()!, record.GetProperty("stream").GetString()!))];
        Assert.That(records, Is.EquivalentTo(new[]
        {
            ("a \"quoted\" <tag> \\ \t\u0001\n", "stdout"), ("x\ufffdy\n", "stdout"), ("ä\r\n", "stdout"), ("rest", "stdout"), ("err\n", "stderr"),
        }));
        Assert.That(lines.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("time").GetDateTimeOffset()),
            Has.All.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public async Task Rotation_OfRawOutput_KeepsEveryLineInOneFile()
    {
        const int LongestLine = 6;
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "log");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"file://{path}?max-size=64k&max-files=1000");
        await fixture.RunToEndAsync(stdio, "seq 1 50000");
        string[] files = FilesInOrder(path);
        List<int> numbers = [];
        foreach (string file in files)
        {
            string text = await File.ReadAllTextAsync(file);
            // What was read may end inside a line, and the rest of that line follows its beginning into the file.
            Assert.That(text, Has.Length.InRange(1, (64 * 1024) + LongestLine).And.EndsWith("\n"), file);
            numbers.AddRange(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => NumberOf(line, "raw")));
        }

        Assert.That(files, Has.Length.GreaterThan(3));
        Assert.That(numbers, Is.EqualTo(Enumerable.Range(1, 50000)));
    }

    [TestCase("cri")]
    [TestCase("json")]
    public async Task Rotation_BothStreamsInOneFile_LosesAndDoublesNoLine(string format)
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "log"), uri = $"file://{path}?format={format}&max-size=64k&max-files=1000";
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: uri, stderr: uri);
        await fixture.RunToEndAsync(stdio, "seq 1 20000 & seq 100001 120000 >&2; wait");
        string[] files = FilesInOrder(path);
        List<int> numbers = [];
        foreach (string file in files)
        {
            Assert.That(new FileInfo(file).Length, Is.InRange(1, 64 * 1024), file);
            numbers.AddRange((await File.ReadAllLinesAsync(file)).Select(line => NumberOf(line, format)));
        }

        Assert.That(files, Has.Length.GreaterThan(3));
        Assert.That(numbers.Where(static number => number < 100000), Is.EqualTo(Enumerable.Range(1, 20000)), "in order through all files");
        Assert.That(numbers.Where(static number => number > 100000), Is.EqualTo(Enumerable.Range(100001, 20000)));
    }

    [TestCase(1)]
    [TestCase(3)]
    public async Task Rotation_KeepsAsManyFilesAsItMay_TheNewest(int files)
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "log");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"file://{path}?max-size=64k&max-files={files}");
        await fixture.RunToEndAsync(stdio, "seq 1 100000");
        Assert.That(
            Directory.GetFiles(fixture.Directory, "log*"),
            Is.EquivalentTo(Enumerable.Range(0, files).Select(number => number == 0 ? path : path + "." + number.ToString(CultureInfo.InvariantCulture))));
        Assert.That((await File.ReadAllLinesAsync(path))[^1], Is.EqualTo("100000"));
    }

    [Test]
    public async Task File_MovedBySomebodyElse_IsMadeAnew()
    {
        FakeTimeProvider time = new();
        using StdioFixture fixture = new(time);
        string path = Path.Combine(fixture.Directory, "log"), stdin = fixture.MakeFifo("in");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: $"file://{path}");
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo one; read x; echo two");
        await OsFixture.UntilAsync(() => File.ReadAllText(path) == "one\n");
        File.Move(path, path + ".old");
        time.Advance(TimeSpan.FromSeconds(2));
        using (SafeFd writer = Sdk.Linux.Interop.Libc.Open(stdin, Sdk.Linux.Interop.OpenFlags.WriteOnly | Sdk.Linux.Interop.OpenFlags.NonBlocking))
        {
            StdioFixture.Write(writer, "\n"u8);
            await watch.Exited.WaitAsync(Bound);
        }

        await OsFixture.UntilAsync(() => File.Exists(path) && File.ReadAllText(path) == "two\n");
        Assert.That(await File.ReadAllTextAsync(path + ".old"), Is.EqualTo("one\n"));
    }

    [TestCase("raw")]
    [TestCase("cri")]
    [TestCase("json")]
    public async Task FullDisk_ThenRoomAgain_NeverHoldsUpAndTellsWhatIsMissing(string format)
    {
        using TinyDisk disk = new("64k");
        using StdioFixture fixture = new();
        string path = Path.Combine(disk.Path, "log"), stdin = fixture.MakeFifo("in");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: $"file://{path}?format={format}");
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo before; read x; seq 1 500000; read x; echo after");
        await OsFixture.UntilAsync(() => new FileInfo(path).Length > 0);
        disk.Fill();
        using SafeFd writer = Sdk.Linux.Interop.Libc.Open(stdin, Sdk.Linux.Interop.OpenFlags.WriteOnly | Sdk.Linux.Interop.OpenFlags.NonBlocking);
        StdioFixture.Write(writer, "\n"u8);
        StreamCounters counters = stdio.Counters.Single();
        // The rest of one page had room.
        await OsFixture.UntilAsync(() => counters.Dropped > SizeOfSequence(500000) - 8192);
        Assert.That(counters.Taken, Is.EqualTo("before\n".Length + SizeOfSequence(500000)));
        disk.Free();
        await OsFixture.UntilAsync(() => File.ReadAllText(path).Contains("were lost", StringComparison.Ordinal));
        StdioFixture.Write(writer, "\n"u8);
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);

        string[] lines = await File.ReadAllLinesAsync(path);
        Assert.That(lines[0], Does.Contain("before"));
        Assert.That(lines[^1], Does.Contain("after"));
        Assert.That(lines[^2], Does.Contain($"[containershim: {counters.Dropped} bytes of output in {counters.DroppedLines} lines were lost: no space left on device]"));
        Assert.That(lines[1..^2].Select(line => NumberOf(line, format)), Is.EqualTo(Enumerable.Range(1, lines.Length - 3)), "whole records only");
        Assert.That(counters.DroppedLines, Is.EqualTo(500000 - (lines.Length - 3)));
        Assert.That(format == "cri" ? CriRecord().IsMatch(lines[^2]) : format != "json" || JsonDocument.Parse(lines[^2]) is not null);
    }

    [Test]
    public async Task FullDisk_ToTheEnd_LosesWithCountAndEnds()
    {
        using TinyDisk disk = new("64k");
        using StdioFixture fixture = new();
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"file://{disk.Path}/log?format=cri&max-size=64k&max-files=2");
        disk.Fill();
        await fixture.RunToEndAsync(stdio, "seq 1 100000");
        StreamCounters counters = stdio.Counters.Single();
        Assert.That((counters.Taken, counters.Dropped, counters.DroppedLines), Is.EqualTo((SizeOfSequence(100000), SizeOfSequence(100000), 100000L)));
        Assert.That(fixture.Factory.Totals.Dropped, Is.EqualTo(counters.Dropped));
    }

    [Test]
    public async Task Rotation_OnAFullDisk_RecoversWithoutMovingFilesTwice()
    {
        using TinyDisk disk = new("160k");
        using StdioFixture fixture = new();
        string path = Path.Combine(disk.Path, "log");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: $"file://{path}?max-size=64k&max-files=4");
        using IProcessWatch watch = await fixture.RunAsync(stdio, "seq 1 60000; exec sleep 100");

        // Two files and a half have room.
        await OsFixture.UntilAsync(() => stdio.Counters.Single() is var counters && counters.Taken == SizeOfSequence(60000) && counters.Dropped > 0);
        File.Delete(path + ".2");
        await OsFixture.UntilAsync(() => File.Exists(path) && File.ReadAllText(path).Contains("were lost", StringComparison.Ordinal));
        Assert.That((await File.ReadAllLinesAsync(path + ".1"))[^1], Is.Not.Empty);
        watch.Signal(9);
        await watch.Exited.WaitAsync(Bound);
    }

    [TestCase("format=xml", "format is \"xml\"; it may be raw, cri or json")]
    [TestCase("max-size=10q", "max-size is \"10q\"")]
    [TestCase("max-size=1k", "max-size is \"1k\"; it may be a number of bytes from 65536")]
    [TestCase("max-size=1m&max-files=0", "max-files is \"0\"; it may be a number from 1 to 1000")]
    [TestCase("max-files=3", "max-files needs max-size")]
    [TestCase("max-size=1m&max-size=2m", "max-size is given twice")]
    [TestCase("compress=true", "\"compress\" is not known")]
    public void Query_ThatCannotBeFollowed_IsRefusedWithTheReason(string query, string text)
    {
        using StdioFixture fixture = new();
        Assert.That(
            async () => await fixture.OpenAsync(stdout: $"file://{fixture.Directory}/log?{query}"),
            Throws.TypeOf<ShimException>().With.Message.Contains(text).And.Property("Code").EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(Directory.GetFiles(fixture.Directory), Is.Empty);
    }

    [TestCase("/a/../log")]
    [TestCase("/dir%00/log")]
    [TestCase("")]
    public void Path_ThatIsNotClean_IsRefused(string path)
    {
        using StdioFixture fixture = new();
        Assert.That(
            async () => await fixture.OpenAsync(stdout: $"file://{path}"),
            Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.InvalidArgument));
    }

    [TestCase("", true)]
    [TestCase("", false)]
    [TestCase("?direct=true", true)]
    [TestCase("?direct=true", false)]
    public void Path_OfAFifo_IsRefusedAtOnce(string query, bool hasReader)
    {
        using StdioFixture fixture = new();
        string fifo = fixture.MakeFifo("fifo");
        using SafeFd? reader = hasReader ? StdioFixture.OpenReader(fifo) : null;
        Assert.That(
            async () => await fixture.OpenAsync(stdout: $"file://{fifo}{query}").WaitAsync(Bound),
            Throws.TypeOf<ShimException>().With.Message.Contains("neither a file nor a device"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task File_WhosePlaceIsTaken_IsWrittenOnWhereItIsAndIsLostOnlyWhenItIsGone(bool isMoved)
    {
        FakeTimeProvider time = new();
        using StdioFixture fixture = new(time);
        string path = Path.Combine(fixture.Directory, "log"), stdin = fixture.MakeFifo("in");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: $"file://{path}");
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo one; read x; echo two; read x; echo three; read x");
        await OsFixture.UntilAsync(() => File.ReadAllText(path) == "one\n");
        if (isMoved)
        {
            File.Move(path, path + ".old");
        }
        else
        {
            File.Delete(path);
        }

        Directory.CreateDirectory(path);
        time.Advance(TimeSpan.FromSeconds(2));
        await StdioFixture.SendAsync(stdin, "\n");
        await OsFixture.UntilAsync(() => isMoved ? File.ReadAllText(path + ".old") == "one\ntwo\n" : stdio.Counters.Single().Dropped == 4);
        Directory.Delete(path);
        time.Advance(TimeSpan.FromSeconds(2));
        await StdioFixture.SendAsync(stdin, "\n");

        await OsFixture.UntilAsync(() => File.Exists(path) && File.ReadAllText(path).EndsWith("three\n", StringComparison.Ordinal));
        Assert.That(await File.ReadAllTextAsync(path), isMoved
            ? Is.EqualTo("three\n")
            : Is.EqualTo("[containershim: 4 bytes of output in 1 lines were lost: is a directory]\nthree\n"));
        await StdioFixture.SendAsync(stdin, "\n");
        await watch.Exited.WaitAsync(Bound);
    }

    [Test]
    public async Task SecondProcess_WithOtherLimits_IsRefused()
    {
        using StdioFixture fixture = new();
        string uri = $"file://{fixture.Directory}/log";
        await using IProcessStdio first = await fixture.OpenAsync(stdout: uri);
        Assert.That(
            async () => await fixture.OpenAsync(stdout: uri + "?format=cri"),
            Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.InvalidArgument));
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z (stdout|stderr) [FP] .*$")]
    private static partial Regex CriRecord();

    private static long SizeOfSequence(int last) => Enumerable.Range(1, last).Sum(static number => number.ToString(CultureInfo.InvariantCulture).Length + 1L);

    /// <summary>The files of a rotated log, the oldest first.</summary>
    private static string[] FilesInOrder(string path) => [.. Directory.GetFiles(Path.GetDirectoryName(path)!, "log*")
        .OrderByDescending(file => file.Length == path.Length ? 0 : int.Parse(file[(path.Length + 1)..], CultureInfo.InvariantCulture))];

    private static int NumberOf(string line, string format) => int.Parse(
        format switch
        {
            "cri" => line.Split(' ', 4)[3],
            "json" => JsonDocument.Parse(line).RootElement.GetProperty("log").GetString()!.TrimEnd('\n'),
            _ => line,
        },
        CultureInfo.InvariantCulture);
}
