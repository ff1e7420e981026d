using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Adoption;

/// <summary>Keeps on disk what a later engine needs to take processes over. Safe for use from several threads.</summary>
internal interface IProcessRecords
{
    /// <summary>Begins the record of a container that is about to be made.</summary>
    /// <exception cref="ShimException">AlreadyExists: there is one of an earlier engine. ResourceExhausted, PermissionDenied, Unknown: it cannot be written.</exception>
    void Begin(ProcessRecord container);

    /// <summary>Replaces a record. Best effort: a full disk keeps nothing from going on.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="record">Of its init process, or of an exec.</param>
    void Write(string containerId, string bundle, ProcessRecord record);

    /// <summary>Notes that the receiver of events has acknowledged an exit.</summary>
    void NoteDelivered(string containerId, string processId, ProcessExit exit);

    /// <summary>Removes the record of an exec.</summary>
    void RemoveExec(string containerId, string bundle, string execId);

    /// <summary>Removes all records of a container.</summary>
    void Remove(string containerId, string bundle);

    /// <summary>The records of all containers.</summary>
    IReadOnlyList<ContainerRecords> ReadAll();
}
