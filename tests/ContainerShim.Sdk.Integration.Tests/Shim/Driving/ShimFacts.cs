using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>What the shim's answers said and what the test knows, to be held against the events.</summary>
internal sealed class ShimFacts
{
    /// <summary>What Wait, State and Delete told about an end.</summary>
    public ConcurrentQueue<(string Source, string ContainerId, string ProcessId, uint Status, Timestamp At)> Answers { get; } = [];

    /// <summary>The statuses that the commands must end with.</summary>
    public ConcurrentDictionary<(string ContainerId, string ProcessId), uint> Expected { get; } = [];

    /// <summary>Processes whose start was refused.</summary>
    public ConcurrentDictionary<(string ContainerId, string ProcessId), bool> NeverStarted { get; } = [];
}
