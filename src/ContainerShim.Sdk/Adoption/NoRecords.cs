using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Adoption;

/// <summary>Keeps nothing: containers end with their engine.</summary>
internal sealed class NoRecords : IProcessRecords
{
    public static NoRecords Instance { get; } = new();

    /// <inheritdoc/>
    public void Begin(ProcessRecord container)
    {
    }

    /// <inheritdoc/>
    public void Write(string containerId, string bundle, ProcessRecord record)
    {
    }

    /// <inheritdoc/>
    public void NoteDelivered(string containerId, string processId, ProcessExit exit)
    {
    }

    /// <inheritdoc/>
    public void RemoveExec(string containerId, string bundle, string execId)
    {
    }

    /// <inheritdoc/>
    public void Remove(string containerId, string bundle)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyList<ContainerRecords> ReadAll() => [];
}
