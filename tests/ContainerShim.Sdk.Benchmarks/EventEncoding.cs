using BenchmarkDotNet.Attributes;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Benchmarks;

/// <summary>An event into containerd's encoding and back.</summary>
[MemoryDiagnoser]
public class EventEncoding
{
    private static readonly TaskExitedEvent Exited =
        new("c8f1a9d0b7e64c5fa1d2", "c8f1a9d0b7e64c5fa1d2", new ProcessExit(12345, 137, new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero)));

    private readonly TypedPayload _payload = EventCodec.Encode(Exited);

    [Benchmark]
    public TypedPayload Encode() => EventCodec.Encode(Exited);

    [Benchmark]
    public ShimEvent? Decode() => EventCodec.Decode(_payload);
}
