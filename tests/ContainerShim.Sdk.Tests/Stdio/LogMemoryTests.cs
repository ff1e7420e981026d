using System.Text;
using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>What output that waits for a disk costs.</summary>
internal sealed class LogMemoryTests
{
    [Test]
    public void Chunk_OfSingleBytesOfTwoStreams_IsFullBeforeItsNotesOutgrowIt()
    {
        LogChunk chunk = new(isRaw: true, 1);
        StreamCounters[] streams = [new("stdout"), new("stderr")];
        int count = 0;
        while (chunk.Room > 0)
        {
            chunk.Rest[0] = (byte)'x';
            chunk.Add(new LogMark(chunk.Length + 1, 1, EndsLine: false, StartsLine: false, streams[count++ % 2]));
        }

        Assert.That(count, Is.GreaterThan(1000));
        Assert.That(chunk.Footprint, Is.InRange(LogChunk.UsualSize, 2 * LogChunk.UsualSize));
    }

    [TestCase("plain", 5)]
    [TestCase("a \"quote\"", 2 + (6 * 7))]
    [TestCase("\u0001\u0001", 12)]
    [TestCase("", 0)]
    public void JsonText_KnowsHowLongItMayBecome(string text, int expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.That(JsonText.MaxLength(bytes), Is.EqualTo(expected));
        Assert.That(JsonText.Escape(new byte[expected], bytes), Is.AtMost(expected));
    }

    [TestCase(LogFormat.Json)]
    [TestCase(LogFormat.Cri)]
    public void Record_OfALongPlainLine_TakesHardlyMoreRoomThanTheLine(LogFormat format)
    {
        byte[] line = new byte[LogRecords.LongestPiece];
        line.AsSpan().Fill((byte)'x');
        Assert.That(LogRecords.MaxLength(format, line), Is.InRange(line.Length + 64, line.Length + 256));
    }
}
