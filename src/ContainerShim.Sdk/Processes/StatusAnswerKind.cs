namespace ContainerShim.Sdk.Processes;

/// <summary>Whether a parent knows the status of a process.</summary>
internal enum StatusAnswerKind
{
    /// <summary>It has ended.</summary>
    Ended,

    /// <summary>Not now: it runs, is traced, or the parent cannot answer at this moment.</summary>
    NotYet,

    /// <summary>It is no child of this parent, or the parent is gone.</summary>
    NoChild,
}
