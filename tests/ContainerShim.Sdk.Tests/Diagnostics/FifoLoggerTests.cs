using System.Text;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Diagnostics;

internal sealed class FifoLoggerTests
{
    private const string Prefix = "time=\"2026-01-02T03:04:05.0000000Z\" level=";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private TempDirectory _directory = null!;
    private SafeFd _reader = null!;

    [SetUp]
    public void MakeFifo()
    {
        _directory = new TempDirectory();
        Fifo.Make(_directory["log"]);
        _reader = Libc.Open(_directory["log"], OpenFlags.ReadOnly | OpenFlags.NonBlocking);
    }

    [TearDown]
    public void RemoveFifo()
    {
        _reader.Dispose();
        _directory.Dispose();
    }

    [TestCase(LogLevel.Debug, "debug")]
    [TestCase(LogLevel.Information, "info")]
    [TestCase(LogLevel.Warning, "warning")]
    [TestCase(LogLevel.Error, "error")]
    [TestCase(LogLevel.Critical, "fatal")]
    public void Log_ALine_HasTheFormOfContainerds(LogLevel level, string name)
    {
        Open().Log(level, "it is {What}", "so");
        Assert.That(ReadAll(), Is.EqualTo($"{Prefix}{name} msg=\"it is so\"\n"));
    }

    [Test]
    public void Log_BelowTheLevel_WritesNothing()
    {
        FifoLogger logger = Open(LogLevel.Information);
        logger.LogDebug("quiet");
        Assert.That(logger.IsEnabled(LogLevel.Debug), Is.False);
        Assert.That(ReadAll(), Is.Empty);
    }

    [Test]
    public void Log_AnException_IsAnotherField()
    {
        Open().LogError(new InvalidOperationException("no\nway"), "failed");
        Assert.That(ReadAll(), Is.EqualTo($"{Prefix}error msg=\"failed\" error=\"no\\nway\"\n"));
    }

    [Test]
    public void Log_AnExceptionThatIsADefect_TellsItsPlace()
    {
        FifoLogger logger = Open();
        try
        {
            throw new InvalidOperationException("no way");
        }
        catch (InvalidOperationException exception)
        {
            logger.LogError(exception, "failed");
        }

        Assert.That(
            ReadAll(),
            Does.StartWith($"{Prefix}error msg=\"failed\" error=\"InvalidOperationException: no way\" stack=\"")
                .And.Contain(nameof(Log_AnExceptionThatIsADefect_TellsItsPlace)));
    }

    [Test]
    public void Log_WhateverTheText_IsOneLineWithoutEscapeSequences()
    {
        Open().LogInformation("{Text}", "a\"b\\c\nlevel=fatal\r\t\x1b[31m\x7f\u009b31m\u2028\0é");
        Assert.That(
            ReadAll(),
            Is.EqualTo(Prefix + "info msg=\"a\\\"b\\\\c\\nlevel=fatal\\r\\t\\x1b[31m\\x7f\\u009b31m\\u2028\\x00é\"\n"));
    }

    [Test]
    public void Log_NobodyReads_NeverBlocksAndReportsLaterWhatWasDropped()
    {
        FifoLogger logger = Open();
        string text = new('x', 1000);
        for (int i = 0; i < 200; i++)
        {
            logger.LogInformation("{Number} {Text}", i, text);
        }

        string[] kept = Lines(ReadAll());
        Assert.That(kept, Is.Not.Empty.And.Length.LessThan(200));
        Assert.That(kept, Is.EqualTo(Enumerable.Range(0, kept.Length).Select(i => $"{Prefix}info msg=\"{i} {text}\"")), "the first, each whole");

        logger.LogInformation("back");
        Assert.That(
            Lines(ReadAll()),
            Is.EqualTo(new[] { $"{Prefix}warning msg=\"{200 - kept.Length} log lines were dropped: nobody read them\"", $"{Prefix}info msg=\"back\"" }));

        logger.LogInformation("again");
        Assert.That(Lines(ReadAll()), Is.EqualTo(new[] { $"{Prefix}info msg=\"again\"" }));
    }

    [Test]
    public void Log_NobodyReadsLongLines_LeavesNoneHalf()
    {
        FifoLogger logger = Open();
        for (int i = 0; i < 100; i++)
        {
            logger.LogInformation("{Text}", new string('y', 3000 + (i * 50)));
        }

        Assert.That(Lines(ReadAll()), Has.All.StartsWith(Prefix).And.All.EndsWith("\""));
    }

    [TestCase('z')]
    [TestCase('é')]
    [TestCase('日')]
    [TestCase('"')]
    [TestCase('\\')]
    public void Log_LineLongerThanIsWrittenAtOnce_IsCutInOrder(char filler)
    {
        FifoLogger logger = Open();
        for (int i = 0; i < 4; i++)
        {
            logger.LogInformation("{Text}", new string('-', i) + new string(filler, 5000));
            string line = ReadAll();
            Assert.That(Encoding.UTF8.GetByteCount(line), Is.InRange(4000, 4096));
            Assert.That(line, Does.StartWith(Prefix).And.EndWith("...\"\n").And.Not.Contain("\ufffd"));
            int escapes = line.Length - 5 - line[..^5].TrimEnd('\\').Length;
            Assert.That(escapes % 2, Is.Zero, "the closing quote is not escaped");
        }
    }

    [Test]
    public void Log_ReaderGone_DoesNotFail()
    {
        FifoLogger logger = Open();
        _reader.Dispose();
        Assert.DoesNotThrow(() => logger.LogInformation("into the void"));
    }

    [Test]
    public void Open_NoFifo_LogsNowhere()
    {
        FifoLogger logger = FifoLogger.Open(_directory["none"], _time, LogLevel.Debug);
        Assert.DoesNotThrow(() => logger.LogInformation("into the void"));
        Assert.That(File.Exists(_directory["none"]), Is.False);
    }

    [Test]
    public void Log_FromManyThreads_MixesNoLines()
    {
        FifoLogger logger = Open();
        Parallel.For(0, 200, i => logger.LogInformation("line {Number}", i));
        Assert.That(Lines(ReadAll()), Is.EquivalentTo(Enumerable.Range(0, 200).Select(static i => $"{Prefix}info msg=\"line {i}\"")));
    }

    private static string[] Lines(string text)
    {
        Assert.That(text, Does.EndWith("\n"));
        return text[..^1].Split('\n');
    }

    private FifoLogger Open(LogLevel minimum = LogLevel.Debug) => FifoLogger.Open(_directory["log"], _time, minimum);

    private string ReadAll()
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[65536];
        int count;
        while ((count = Libc.Read(_reader, buffer)) > 0)
        {
            all.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }
}
