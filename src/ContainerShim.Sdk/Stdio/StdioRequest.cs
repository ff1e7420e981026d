namespace ContainerShim.Sdk.Stdio;

/// <summary>The streams of one process, and what is needed to make them.</summary>
internal sealed record StdioRequest
{
    /// <summary>Where they go.</summary>
    public required StdioPaths Paths { get; init; }

    /// <summary>Names the streams of this process among those of all that an engine keeps.</summary>
    public string Key { get; init; } = "";

    /// <summary>The container or exec id, told to a logging process.</summary>
    public required string ProcessId { get; init; }

    /// <summary>The containerd namespace, told to a logging process.</summary>
    public required string ContainerdNamespace { get; init; }

    /// <summary>The annotations of the container, by which it may choose what happens to output that nobody reads.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The key of a process's streams.</summary>
    internal static string KeyOf(string containerdNamespace, string containerId, string processId) =>
        $"{containerdNamespace}/{containerId}{(processId == containerId ? "" : "/" + processId)}";

    /// <summary>Owner of the pipes.</summary>
    public uint Uid { get; init; }

    /// <summary>Group of the pipes.</summary>
    public uint Gid { get; init; }
}
