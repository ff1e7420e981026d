namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>How layers of images become root file systems here: overlayfs does not stack on itself, as in a container of a build machine.</summary>
internal static class Snapshots
{
    public static bool CanOverlay { get; } = new DriveInfo("/tmp").DriveFormat is not ("overlay" or "overlayfs");
}
