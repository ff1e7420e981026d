namespace ContainerShim.Sdk;

/// <summary>A failure of a shim operation, with the code and the text that containerd and its clients read.</summary>
/// <remarks>
/// Clients match on the code (a kill of a process that is gone must be <see cref="ShimErrorCode.NotFound"/>) and some on parts of
/// the text, so the text of the OCI runtime is passed on verbatim. The factory methods add the class text that containerd's error
/// package appends (<c>detail: not found</c>).
/// </remarks>
public sealed class ShimException : Exception
{
    /// <summary>Creates an exception whose message is sent to the client as it is.</summary>
    public ShimException(ShimErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The class of the failure.</summary>
    public ShimErrorCode Code { get; }

    /// <summary>What exactly is the matter, where that is known. Default: <see cref="ShimErrorReason.None"/>; an exception that came over the wire has it too.</summary>
    public ShimErrorReason Reason { get; init; }

    /// <summary>A plain failure with no class, as containerd reports an OCI runtime's errors.</summary>
    public static ShimException Unknown(string message, Exception? innerException = null, ShimErrorReason reason = ShimErrorReason.None) =>
        new(ShimErrorCode.Unknown, message, innerException) { Reason = reason };

    /// <summary><c>detail: invalid argument</c></summary>
    public static ShimException InvalidArgument(string detail, Exception? innerException = null) =>
        new(ShimErrorCode.InvalidArgument, detail + ": invalid argument", innerException);

    /// <summary><c>detail: not found</c></summary>
    public static ShimException NotFound(string detail, Exception? innerException = null) =>
        new(ShimErrorCode.NotFound, detail + ": not found", innerException);

    /// <summary><c>detail: already exists</c></summary>
    public static ShimException AlreadyExists(string detail, ShimErrorReason reason = ShimErrorReason.IdInUse) =>
        new(ShimErrorCode.AlreadyExists, detail + ": already exists") { Reason = reason };

    /// <summary><c>detail: permission denied</c></summary>
    public static ShimException PermissionDenied(string detail, Exception? innerException = null) =>
        new(ShimErrorCode.PermissionDenied, detail + ": permission denied", innerException);

    /// <summary><c>detail: resource exhausted</c></summary>
    public static ShimException ResourceExhausted(string detail, Exception? innerException = null) =>
        new(ShimErrorCode.ResourceExhausted, detail + ": resource exhausted", innerException);

    /// <summary><c>detail: failed precondition</c></summary>
    public static ShimException FailedPrecondition(string detail, ShimErrorReason reason = ShimErrorReason.None) =>
        new(ShimErrorCode.FailedPrecondition, detail + ": failed precondition") { Reason = reason };

    /// <summary><c>detail: not implemented</c></summary>
    public static ShimException Unimplemented(string detail) => new(ShimErrorCode.Unimplemented, detail + ": not implemented");

    /// <summary><c>detail: unavailable</c></summary>
    public static ShimException Unavailable(string detail, Exception? innerException = null) =>
        new(ShimErrorCode.Unavailable, detail + ": unavailable", innerException);

    /// <summary><c>detail: context deadline exceeded</c></summary>
    public static ShimException DeadlineExceeded(string detail, Exception? innerException = null) =>
        new(ShimErrorCode.DeadlineExceeded, detail + ": context deadline exceeded", innerException);

    /// <summary>An operation that the state of a process does not allow; containerd reports these without a class.</summary>
    public static ShimException IllegalState(string message) => Unknown(message, reason: ShimErrorReason.IllegalState);
}
