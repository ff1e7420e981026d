namespace ContainerShim.Sdk.Runtimes;

/// <summary>What a runtime says of itself.</summary>
/// <param name="Version">Its version, for people to read; empty when it does not say.</param>
/// <param name="Features">
/// The JSON object of the OCI runtime specification's features document; empty when the runtime does not offer one.
/// </param>
public sealed record RuntimeDescription(string Version, ReadOnlyMemory<byte> Features);
