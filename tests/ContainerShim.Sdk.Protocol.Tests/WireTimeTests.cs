using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Protocol.Tests;

public sealed class WireTimeTests
{
    private static IEnumerable<DateTimeOffset> Instants =>
    [
        new(2026, 8, 22, 13, 14, 15, TimeSpan.Zero),
        DateTimeOffset.UnixEpoch,
        DateTimeOffset.UnixEpoch.AddTicks(1),
        DateTimeOffset.UnixEpoch.AddTicks(-1),
        DateTimeOffset.MinValue.AddTicks(1),
        DateTimeOffset.MaxValue,
    ];

    [Test]
    public void ToWire_Null_IsGoZeroTimeWrittenOut()
    {
        Timestamp timestamp = WireTime.ToWire(null);
        Assert.That(timestamp, Is.EqualTo(new Timestamp { Seconds = -62135596800, Nanos = 0 }));
        Assert.That(Convert.ToHexString(timestamp.ToByteArray()), Is.EqualTo("088092B8C398FEFFFFFF01"));
    }

    [TestCaseSource(nameof(Instants))]
    public void FromWire_WhatToWireWrote_IsTheSameInstant(DateTimeOffset instant)
    {
        byte[] bytes = WireTime.ToWire(instant).ToByteArray();
        Assert.That(WireTime.FromWire(Timestamp.Parser.ParseFrom(bytes)), Is.EqualTo(instant));
    }

    [Test]
    public void ToWire_OneTickBeforeTheEpoch_CountsNanosecondsForward()
    {
        Assert.That(WireTime.ToWire(DateTimeOffset.UnixEpoch.AddTicks(-1)), Is.EqualTo(new Timestamp { Seconds = -1, Nanos = 999_999_900 }));
    }

    [Test]
    public void ToWire_OtherOffset_IsWrittenInUtc()
    {
        Assert.That(WireTime.ToWire(new DateTimeOffset(1970, 1, 1, 2, 0, 0, TimeSpan.FromHours(2))), Is.EqualTo(new Timestamp()));
    }

    [Test]
    public void FromWire_Nanoseconds_AreCutToTicks()
    {
        DateTimeOffset? instant = WireTime.FromWire(new Timestamp { Seconds = 1, Nanos = 123_456_789 });
        Assert.That(instant, Is.EqualTo(DateTimeOffset.UnixEpoch.AddTicks(11_234_567)));
    }

    [Test]
    public void FromWire_Absent_IsNull() => Assert.That(WireTime.FromWire(null), Is.Null);

    [Test]
    public void FromWire_GoZeroTime_IsNull() => Assert.That(WireTime.FromWire(new Timestamp { Seconds = WireTime.GoZeroSeconds }), Is.Null);

    [Test]
    public void FromWire_UnixEpoch_IsNotNull() => Assert.That(WireTime.FromWire(new Timestamp()), Is.EqualTo(DateTimeOffset.UnixEpoch));

    [TestCase(WireTime.GoZeroSeconds - 1, 0)]
    [TestCase(253_402_300_800, 0)]
    [TestCase(0, -1)]
    [TestCase(0, 1_000_000_000)]
    public void FromWire_NoSuchInstant_Throws(long seconds, int nanos)
    {
        Assert.That(() => WireTime.FromWire(new Timestamp { Seconds = seconds, Nanos = nanos }), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
