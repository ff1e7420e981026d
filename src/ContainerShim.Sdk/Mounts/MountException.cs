namespace ContainerShim.Sdk.Mounts;

/// <summary>A mount that cannot be made for a reason of its own, not a failed system call; the text is containerd's.</summary>
internal sealed class MountException(string message) : IOException(message);
