namespace ContainerShim.Sdk.Runc;

/// <summary>Makes exceptions of a runtime's failures, and reads from its words which of them a caller may want to tell apart.</summary>
internal static class RuntimeErrors
{
    /// <summary>The exception for a call that failed, with the text that clients are told.</summary>
    internal static ShimException Of(RuntimeReply reply, string text) => Of(reply.Reason, text);

    /// <inheritdoc cref="Of(RuntimeReply, string)"/>
    internal static ShimException Of(ShimErrorReason reason, string text) =>
        new(CodeIn(text.AsSpan().TrimEnd()), text) { Reason = reason == ShimErrorReason.RuntimeFailed ? ReasonIn(text.AsSpan().TrimEnd()) : reason };

    /// <summary>A runtime that ran out of something itself says so last, in strerror(3)'s words.</summary>
    private static ShimErrorCode CodeIn(ReadOnlySpan<char> text) =>
        text.EndsWith(": no space left on device", StringComparison.OrdinalIgnoreCase) || text.EndsWith(": too many open files", StringComparison.OrdinalIgnoreCase)
        || text.EndsWith(": resource temporarily unavailable", StringComparison.OrdinalIgnoreCase) || text.EndsWith(": cannot allocate memory", StringComparison.OrdinalIgnoreCase)
            ? ShimErrorCode.ResourceExhausted
            : ShimErrorCode.Unknown;

    /// <summary>
    /// runc quotes the program as Go's os/exec does, and ends with why: <c>exec: "nope": executable file not found in $PATH</c>,
    /// <c>exec: "/nope": stat /nope: no such file or directory</c>. crun: <c>executable file `nope` not found in $PATH: No such file or directory</c>.
    /// </summary>
    private static ShimErrorReason ReasonIn(ReadOnlySpan<char> text)
    {
        if (text.Contains("executable file `", StringComparison.Ordinal) && text.Contains("` not found", StringComparison.Ordinal))
        {
            return ShimErrorReason.ProgramNotFound;
        }

        int program = text.LastIndexOf("exec: \"", StringComparison.Ordinal);
        if (program < 0)
        {
            return IsCrunsNotExecutable(text) ? ShimErrorReason.ProgramNotExecutable : ShimErrorReason.RuntimeFailed;
        }

        ReadOnlySpan<char> why = text[program..];
        return why.EndsWith("\": executable file not found in $PATH", StringComparison.Ordinal) || why.EndsWith(": no such file or directory", StringComparison.Ordinal)
            ? ShimErrorReason.ProgramNotFound
            : why.EndsWith("\": permission denied", StringComparison.Ordinal) || why.EndsWith("\": is a directory", StringComparison.Ordinal)
            ? ShimErrorReason.ProgramNotExecutable
            : ShimErrorReason.RuntimeFailed;
    }

    /// <summary>Until 1.8 <c>open executable: Permission denied</c>, later <c>the path `/etc/passwd` exists but it is not executable: Operation not permitted</c>.</summary>
    private static bool IsCrunsNotExecutable(ReadOnlySpan<char> text) =>
        text.EndsWith("open executable: Permission denied", StringComparison.Ordinal)
        || text.EndsWith("open executable: Operation not permitted", StringComparison.Ordinal)
        || text.EndsWith("` exists but it is not executable: Operation not permitted", StringComparison.Ordinal)
        || (text.Contains("the path `", StringComparison.Ordinal) && text.EndsWith("` is not a regular file: Operation not permitted", StringComparison.Ordinal));
}
