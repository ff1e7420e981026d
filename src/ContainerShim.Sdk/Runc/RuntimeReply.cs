namespace ContainerShim.Sdk.Runc;

/// <summary>How a run of the runtime's binary ended.</summary>
/// <param name="Failure">Null for success, otherwise Go's words for how it failed: <c>runc did not terminate successfully: exit status 1: …</c></param>
/// <param name="Answer">Standard output, of calls that read an answer.</param>
/// <param name="Reason">Of a failure: whether the runtime failed, or could not even be started.</param>
internal sealed record RuntimeReply(string? Failure, byte[] Answer, ShimErrorReason Reason = ShimErrorReason.None)
{
    internal static RuntimeReply Failed(string failure) => new(failure, [], ShimErrorReason.RuntimeFailed);

    internal static RuntimeReply NotStarted(string failure) => new(failure, [], ShimErrorReason.RuntimeUnavailable);
}
