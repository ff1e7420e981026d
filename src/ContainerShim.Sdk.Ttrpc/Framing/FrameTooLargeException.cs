namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>A message that would make a body over <see cref="FrameLimits.MaxBody"/>; nothing of it has been sent.</summary>
internal sealed class FrameTooLargeException(long length) : Exception(FrameLimits.Oversized(length));
