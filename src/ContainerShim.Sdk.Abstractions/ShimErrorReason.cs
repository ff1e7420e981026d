namespace ContainerShim.Sdk;

/// <summary>
/// What exactly is the matter, where one <see cref="ShimErrorCode"/> stands for several things and a caller may want to act on one of them. It is
/// known in the process where the failure was found and does not travel: containerd's protocol has the code and the text.
/// </summary>
public enum ShimErrorReason
{
    /// <summary>Nothing more than the code and the text say.</summary>
    None = 0,

    /// <summary>The state of the container, exec or sandbox does not allow the operation. The text names the state; nothing was changed.</summary>
    IllegalState = 1,

    /// <summary>The id is in use.</summary>
    IdInUse = 2,

    /// <summary>The id is that of a container which an earlier engine has left: take it over by <c>AdoptAsync</c>.</summary>
    LeftByEarlierEngine = 3,

    /// <summary>Another engine, of this process or another, has the state directory.</summary>
    StateDirectoryInUse = 4,

    /// <summary>Exits cannot be learnt in the way that is asked for, in this process or on this kernel.</summary>
    ExitsCannotBeTracked = 5,

    /// <summary>The OCI runtime's binary is not there, or cannot be run.</summary>
    RuntimeUnavailable = 6,

    /// <summary>The OCI runtime ran and failed; the text is its own.</summary>
    RuntimeFailed = 7,

    /// <summary>The OCI runtime says that the program to run is not in the container.</summary>
    ProgramNotFound = 8,

    /// <summary>The OCI runtime says that the program to run is there and may not, or cannot, be run.</summary>
    ProgramNotExecutable = 9,
}
