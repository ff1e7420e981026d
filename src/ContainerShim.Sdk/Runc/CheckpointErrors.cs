namespace ContainerShim.Sdk.Runc;

/// <summary>Reads from a runtime's words why there was nothing to checkpoint.</summary>
internal static class CheckpointErrors
{
    /// <summary>How runc and crun say that a container has not been started, or has ended.</summary>
    private static readonly string[] NotRunning = ["cannot be checkpointed in ", "` is not running"];

    /// <summary>Null for what went wrong with the checkpoint itself.</summary>
    internal static ShimException? Classify(string failure) => KillErrors.IsNoSuchContainer(failure)
        ? ShimException.NotFound("no such container")
        : Array.Exists(NotRunning, text => failure.Contains(text, StringComparison.Ordinal))
        ? ShimException.FailedPrecondition(failure.Split('\n', 2)[0], ShimErrorReason.IllegalState)
        : null;
}
