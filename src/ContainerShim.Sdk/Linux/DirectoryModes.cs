namespace ContainerShim.Sdk.Linux;

/// <summary>Modes of the directories that are made here.</summary>
internal static class DirectoryModes
{
    /// <summary>0700: nobody else looks into it.</summary>
    internal const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>0711: others may pass, since user namespaces map root to somebody else, who must reach root file systems below.</summary>
    internal const UnixFileMode Passable = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}
