using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Sandboxes;

/// <summary>The one sandbox of a shim. Its service's lock guards the fields.</summary>
internal sealed class Sandbox(CreateSandboxRequest request, PodSettings settings)
{
    private readonly TaskCompletionSource<SandboxExit> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CreateSandboxRequest Request => request;

    public PodSettings Settings => settings;

    public SandboxState State { get; private set; }

    public DateTimeOffset? StartedAt { get; set; }

    public IProcessWatch? Watch { get; set; }

    public SandboxExit? Exit { get; private set; }

    public Task<SandboxExit> Ended => _ended.Task;

    /// <exception cref="ShimException">FailedPrecondition: it is in another state.</exception>
    public void Move(SandboxState from, SandboxState to) => State = State == from
        ? to
        : throw ShimException.FailedPrecondition($"sandbox {request.SandboxId} is {State.ToString().ToLowerInvariant()}", ShimErrorReason.IllegalState);

    public void End(SandboxExit exit)
    {
        State = SandboxState.Ended;
        Exit ??= exit;
        _ended.TrySetResult(Exit);
    }
}
