namespace EmbeddedHost.Containers;

/// <summary>Another command is at the container and does not end.</summary>
internal sealed class BusyException(ContainerFiles files, string why)
    : ToolException($"container '{files.Name}' is in the hands of another command: {why}");
