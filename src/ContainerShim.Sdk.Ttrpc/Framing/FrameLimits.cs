namespace ContainerShim.Sdk.Ttrpc.Framing;

internal static class FrameLimits
{
    /// <summary>messageLengthMax in ttrpc's channel.go; both sides refuse more.</summary>
    internal const int MaxBody = 4 << 20;

    /// <summary>
    /// The first length byte is reserved (PROTOCOL.md), so nothing valid reaches this. Below it an oversized body is skipped and the
    /// call answered; from here on the peer speaks something else, and skipping up to 4 GiB to find the next frame would serve nobody.
    /// </summary>
    internal const uint Reserved = 1 << 24;

    /// <summary>All keys and values of one request as they stand on the wire.</summary>
    internal const int MaxMetadata = 64 << 10;

    internal static string Oversized(long length) => $"message length {length} exceed maximum message size of {MaxBody}";

    internal static string MetadataOversized(long length) => $"metadata length {length} exceed maximum metadata size of {MaxMetadata}";
}
