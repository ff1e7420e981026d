using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>Which operation is allowed in which state. The texts are the ones containerd's own shim answers, since clients show and match them.</summary>
internal static class StateRules
{
    /// <summary>Throws if an init process does not allow an operation now.</summary>
    public static void DemandInit(ProcessState state, Operation operation)
    {
        if (WhyNotInit(state, operation) is { } text)
        {
            throw Refusal(state, operation, text);
        }
    }

    /// <summary>Throws if an exec does not allow an operation now.</summary>
    public static void DemandExec(ProcessState state, Operation operation)
    {
        if (WhyNotExec(state, operation) is { } text)
        {
            throw Refusal(state, operation, text);
        }
    }

    /// <summary>The state as containerd knows it; an exec shows the pause of its container.</summary>
    public static ContainerStatus ToStatus(ProcessState state) => state switch
    {
        ProcessState.Created or ProcessState.CreatedFromCheckpoint => ContainerStatus.Created,
        ProcessState.Running => ContainerStatus.Running,
        ProcessState.Pausing => ContainerStatus.Pausing,
        ProcessState.Paused => ContainerStatus.Paused,
        ProcessState.Stopped => ContainerStatus.Stopped,
        _ => ContainerStatus.Unknown,
    };

    private static string? WhyNotInit(ProcessState state, Operation operation) => (state, operation) switch
    {
        (ProcessState.Created or ProcessState.CreatedFromCheckpoint, Operation.Pause or Operation.Resume) =>
            $"cannot {Verb(operation)} task in created state",
        (ProcessState.Created or ProcessState.CreatedFromCheckpoint, Operation.Checkpoint) => "cannot checkpoint a task in created state",
        (ProcessState.CreatedFromCheckpoint, Operation.Exec) => "cannot exec in a created state",
        (ProcessState.Running or ProcessState.Pausing, Operation.Start or Operation.Resume or Operation.Delete) =>
            $"cannot {Verb(operation)} a running process",
        (ProcessState.Pausing, Operation.Pause) => "cannot pause a paused container",
        (ProcessState.Paused, Operation.Pause) => "cannot pause a paused container",
        (ProcessState.Paused, Operation.Exec) => "cannot exec in a paused state",
        (ProcessState.Paused, Operation.Start or Operation.Delete) => $"cannot {Verb(operation)} a paused process",
        (ProcessState.Stopped, Operation.Start) => "cannot start a stopped process",
        (ProcessState.Stopped, Operation.Exec) => "cannot exec in a stopped state",
        (ProcessState.Stopped, Operation.Pause or Operation.Resume or Operation.Update or Operation.Checkpoint) =>
            $"cannot {Verb(operation)} a stopped container",
        (ProcessState.Deleted, Operation.Exec) => "cannot exec in a deleted state",
        (ProcessState.Deleted, _) => $"cannot {Verb(operation)} a deleted process",
        _ => null,
    };

    private static string? WhyNotExec(ProcessState state, Operation operation) => (state, operation) switch
    {
        (ProcessState.Running, Operation.Start or Operation.Delete) => $"cannot {Verb(operation)} a running process",
        (ProcessState.Stopped, Operation.Start) => "cannot start a stopped process",
        (ProcessState.Stopped, Operation.Resize) => "cannot resize a stopped container",
        (ProcessState.Deleted, _) => $"cannot {Verb(operation)} a deleted process",
        _ => null,
    };

    private static ShimException Refusal(ProcessState state, Operation operation, string text) =>
        state == ProcessState.Deleted && operation is (Operation.Delete or Operation.Kill)
            ? ShimException.NotFound(text)
            : ShimException.IllegalState(text);

    private static string Verb(Operation operation) => operation switch
    {
        Operation.Start => "start",
        Operation.Pause => "pause",
        Operation.Resume => "resume",
        Operation.Update => "update",
        Operation.Checkpoint => "checkpoint",
        Operation.Exec => "exec in",
        Operation.Resize => "resize",
        Operation.Delete => "delete",
        Operation.Kill => "kill",
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };
}
