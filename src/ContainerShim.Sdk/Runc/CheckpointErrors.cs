namespace ContainerShim.Sdk.Runc;

/// <summary>Reads from a runtime's words why there was nothing to checkpoint.</summary>
internal static class CheckpointErrors
{
    /// <summary>How runc says that a container has not been started, or has ended.</summary>
    private const string NotRunning = "cannot be checkpointed in ";

    /// <summary>Null for what went wrong with the checkpoint itself.</summary>
    internal static ShimException? Classify(string failure) => KillErrors.IsNoSuchContainer(failure)
        ? ShimException.NotFound("no such container")
        : failure.Contains(NotRunning, StringComparison.Ordinal)
        ? ShimException.FailedPrecondition(failure.Split('\n', 2)[0], ShimErrorReason.IllegalState)
        : null;
}
