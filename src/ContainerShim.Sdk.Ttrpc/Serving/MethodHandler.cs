using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;

namespace ContainerShim.Sdk.Ttrpc.Serving;

/// <summary>A bound method under one of its service's names.</summary>
internal abstract class MethodHandler(string service, string name)
{
    internal string Service { get; } = service;

    internal string Name { get; } = name;

    internal string FullName { get; } = $"/{service}/{name}";

    /// <summary>Whether a call ends with its one answer, so that a server that shuts down can wait for it.</summary>
    internal virtual bool IsUnary => false;

    /// <summary>Whether a call's answers are data frames, and its end one more of these.</summary>
    internal virtual bool StreamsResponses => false;

    /// <summary>Whether its calls are counted apart, as they may wait for ever. Set while the services are bound.</summary>
    internal bool IsLongPoll { get; set; }

    internal abstract MethodHandler Under(string service);

    /// <summary>Runs the handler up to its first wait, on the thread that read the request. Never throws; the payload is used before this returns.</summary>
    internal abstract void Invoke(ServerCall call, PayloadReader reader, in ReadOnlySequence<byte> payload, FrameFlags flags);
}
