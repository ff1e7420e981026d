namespace ContainerShim.Sdk;

/// <summary>A message together with the name of its type: what containerd carries as <c>google.protobuf.Any</c>.</summary>
/// <param name="TypeUrl">
/// The bare full name of a protobuf message (<c>containerd.runc.v1.Options</c>), or for JSON values
/// <c>types.containerd.io/opencontainers/runtime-spec/1/Process</c> and the like.
/// </param>
/// <param name="Value">The encoded message: protobuf, or UTF-8 JSON.</param>
public sealed record TypedPayload(string TypeUrl, ReadOnlyMemory<byte> Value);
