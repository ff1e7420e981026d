using ContainerShim.Sdk.Sandboxes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>A sandbox service to check, in process or by a client.</summary>
public sealed class SandboxSubject : ConformanceSubject
{
    /// <summary>
    /// Makes a service that has no sandbox yet: each check needs one of its own, since a shim ends with its sandbox. The check shuts its sandbox
    /// down in the end, and disposes of the service where that can be disposed of.
    /// </summary>
    public required Func<CancellationToken, Task<ISandboxService>> MakeServiceAsync { get; init; }

    /// <summary>Makes the request for a sandbox with this id. Default: one without options, a network or a bundle that is there.</summary>
    public Func<string, CreateSandboxRequest> MakeRequest { get; init; } =
        static id => new CreateSandboxRequest { SandboxId = id, BundlePath = "/run/conformance/" + id };

    /// <summary>
    /// Sends SIGKILL to the process of a sandbox, past the service. Default: null, it cannot be done; a check that needs it does not apply then.
    /// </summary>
    public Action<int>? Kill { get; init; }
}
