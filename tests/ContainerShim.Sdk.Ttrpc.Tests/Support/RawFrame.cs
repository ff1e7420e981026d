namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

internal sealed record RawFrame(uint StreamId, byte Type, byte Flags, byte[] Body);
