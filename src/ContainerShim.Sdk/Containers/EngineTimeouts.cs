namespace ContainerShim.Sdk.Containers;

/// <summary>How long the engine waits for what may never come.</summary>
internal sealed record EngineTimeouts
{
    /// <summary>For a slow reader to take what an ended process left in its pipes; 10 s, as containerd's own shim.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For execs that are being started when init ends: long enough for a runtime that works, too short to make init's exit late.</summary>
    public TimeSpan ExecStartGrace { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>For execs to end after init did: only those that even SIGKILL does not end take longer.</summary>
    public TimeSpan ExecEndGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For the runtime's start call to return after init has already ended: a runtime that works is a fraction of that behind, and an
    /// exit is to be told within two seconds even when the runtime hangs.
    /// </summary>
    public TimeSpan StartReturnGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For the runtime's start call to return, with its poststart hooks done, after the start and the exit of init were told without it.</summary>
    public TimeSpan StartReturnLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// For the runtime to kill: 5 s, a hundred times what runc takes, and half of the 10 s after which Docker, and containerd in its
    /// clean-ups, give up on a kill. Then init is killed without the runtime.
    /// </summary>
    public TimeSpan KillByRuntime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For the exit of init to be noticed after the runtime has said that it has ended. One that lives on is unknown to the runtime, which has lost its state.</summary>
    public TimeSpan KilledExitNoticed { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For what init left in a shared pid namespace to be killed.</summary>
    public TimeSpan KillRest { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For a created container's init process to end when it is deleted without having been started.</summary>
    public TimeSpan KillCreated { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For an exec process to end that is killed since its start cannot be reported; its Start call is answered then.</summary>
    public TimeSpan KillUnreported { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For the clean-up after a create that failed.</summary>
    public TimeSpan CleanUp { get; init; } = TimeSpan.FromSeconds(10);
}
