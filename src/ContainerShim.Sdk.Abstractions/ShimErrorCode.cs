namespace ContainerShim.Sdk;

/// <summary>The class of a failure, with the values of gRPC status codes, since containerd reads them.</summary>
public enum ShimErrorCode
{
    /// <summary>The caller gave up.</summary>
    Canceled = 1,

    /// <summary>A failure with no class of its own; the text of the OCI runtime travels this way.</summary>
    Unknown = 2,

    /// <summary>The request itself is wrong, whatever the state of the container.</summary>
    InvalidArgument = 3,

    /// <summary>A deadline passed: the caller's, or the shim's own for a runtime call.</summary>
    DeadlineExceeded = 4,

    /// <summary>No such container, exec, process or cgroup.</summary>
    NotFound = 5,

    /// <summary>The id is in use.</summary>
    AlreadyExists = 6,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>Memory, descriptors, disk or a limit of the shim is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>The container is not in a state that allows the operation.</summary>
    FailedPrecondition = 9,

    /// <summary>The operation was ended half way by a concurrent one.</summary>
    Aborted = 10,

    /// <summary>A number is outside what the operation accepts.</summary>
    OutOfRange = 11,

    /// <summary>This shim, or its runtime, does not offer the operation.</summary>
    Unimplemented = 12,

    /// <summary>A defect of the shim.</summary>
    Internal = 13,

    /// <summary>The shim is shutting down, or a peer cannot be reached.</summary>
    Unavailable = 14,
}
