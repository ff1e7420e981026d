namespace ContainerShim.Sdk.Sandboxes;

/// <summary>
/// The nine operations of containerd's sandbox service (<c>containerd.runtime.sandbox.v1.Sandbox</c>), by which a shim makes what the
/// containers of a pod share: containerd calls it for a runtime whose <c>sandboxer</c> is <c>shim</c>. Safe for use from several threads.
/// </summary>
/// <remarks>
/// A shim has one sandbox at most. Ids are checked before they come here. Failures are <see cref="ShimException"/>s; every operation but
/// <see cref="CreateAsync"/> throws NotFound for a sandbox it does not know. The events of sandboxes are published by containerd itself.
/// While there is a sandbox the shim stays, whatever the task service is asked; it ends after <see cref="ShutdownAsync"/>.
/// </remarks>
public interface ISandboxService
{
    /// <summary>Makes a sandbox known. Nothing of it runs yet.</summary>
    /// <exception cref="ShimException">AlreadyExists: there is one. InvalidArgument, Unimplemented: what it asks for.</exception>
    Task CreateAsync(CreateSandboxRequest request, CancellationToken cancellationToken = default);

    /// <summary>Makes what the containers share. They find it by the pid that is returned, as <c>/proc/PID/ns/ipc</c> and the like.</summary>
    /// <exception cref="ShimException">FailedPrecondition: it is started already, or stopped.</exception>
    Task<SandboxStart> StartAsync(string sandboxId, CancellationToken cancellationToken = default);

    /// <summary>Tells for which platform its containers are to be.</summary>
    Task<SandboxPlatform> GetPlatformAsync(string sandboxId, CancellationToken cancellationToken = default);

    /// <summary>Ends it, and returns once it has ended. Does nothing when it has already.</summary>
    /// <exception cref="ShimException">DeadlineExceeded: it has not ended in time.</exception>
    Task StopAsync(StopSandboxRequest request, CancellationToken cancellationToken = default);

    /// <summary>Waits until it has ended; it may not even be started yet.</summary>
    Task<SandboxExit> WaitAsync(string sandboxId, CancellationToken cancellationToken = default);

    /// <summary>Tells its state.</summary>
    Task<SandboxStatus> GetStatusAsync(SandboxStatusRequest request, CancellationToken cancellationToken = default);

    /// <summary>Succeeds while it can be asked at all.</summary>
    Task PingAsync(string sandboxId, CancellationToken cancellationToken = default);

    /// <summary>Stops it where that has not been done, and forgets it. The shim ends when the caller has been answered.</summary>
    Task ShutdownAsync(string sandboxId, CancellationToken cancellationToken = default);

    /// <summary>Tells what the sandbox itself uses, without its containers.</summary>
    /// <exception cref="ShimException">FailedPrecondition: it does not run.</exception>
    Task<TypedPayload> GetMetricsAsync(string sandboxId, CancellationToken cancellationToken = default);
}
