namespace ContainerShim.Sdk.Runc;

/// <summary>Reads from a runtime's words why a signal did not arrive; clients take NotFound as success.</summary>
internal static class KillErrors
{
    /// <summary>How runc, crun and youki say that the process has ended.</summary>
    private static readonly string[] Finished =
        ["os: process already finished", "container not running", "could not be killed because it was Stopped"];

    internal static ShimException Classify(RuntimeReply reply, string failure)
    {
        if (Array.Exists(Finished, text => failure.Contains(text, StringComparison.Ordinal))
            || failure.Contains("no such process", StringComparison.OrdinalIgnoreCase))
        {
            return ShimException.NotFound("process already finished");
        }

        return IsNoSuchContainer(failure)
            ? ShimException.NotFound("no such container")
            : RuntimeErrors.Of(reply, "unknown error after kill: " + failure);
    }

    /// <summary>Whether a runtime says that it does not know the container.</summary>
    /// <remarks>
    /// crun tells of a file that it did not find: of the container's status, or in <c>delete</c> of its directory. Until 1.8 it quotes that in
    /// straight quotes, later in grave accents.
    /// </remarks>
    internal static bool IsNoSuchContainer(string failure) =>
        failure.Contains("does not exist", StringComparison.Ordinal)
        || failure.Contains("/status`: No such file or directory", StringComparison.Ordinal)
        || (failure.Contains("cannot open directory ", StringComparison.Ordinal)
            && (failure.Contains("': No such file or directory", StringComparison.Ordinal) || failure.Contains("`: No such file or directory", StringComparison.Ordinal)));
}
