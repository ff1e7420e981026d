namespace ContainerShim.Sdk;

/// <summary>One mount of a root file system, as containerd's snapshotters describe it.</summary>
public sealed record RootfsMount
{
    /// <summary>File system type, for example <c>overlay</c> or <c>bind</c>.</summary>
    public required string Type { get; init; }

    /// <summary>What is mounted: a directory, a device, or a name the file system ignores.</summary>
    public string Source { get; init; } = "";

    /// <summary>A path inside the root file system to mount on, or empty for its root. Resolved without leaving it.</summary>
    public string Target { get; init; } = "";

    /// <summary>Mount options in the words of mount(8); what is not a flag is handed to the file system.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];
}
