using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Testing.Events;

/// <summary>Reads events from containerd's messages.</summary>
internal static class EventMessages
{
    /// <summary>The event; null for one that no shim sends.</summary>
    public static EventEnvelope? Read(Envelope? envelope) => envelope?.Event is { } any && Read(any) is { } found
        ? new EventEnvelope(0, WireTime.FromWire(envelope.Timestamp) ?? default, envelope.Namespace, found)
        : null;

    private static ShimEvent? Read(Any any) => any.TypeUrl switch
    {
        TypeUrls.TaskCreate => Read(TaskCreate.Parser.ParseFrom(any.Value)),
        TypeUrls.TaskStart when TaskStart.Parser.ParseFrom(any.Value) is var e => new TaskStartedEvent(e.ContainerId, (int)e.Pid),
        TypeUrls.TaskExit when TaskExit.Parser.ParseFrom(any.Value) is var e => new TaskExitedEvent(
            e.ContainerId, e.Id, new ProcessExit((int)e.Pid, (int)e.ExitStatus, WireTime.FromWire(e.ExitedAt) ?? default)),
        TypeUrls.TaskDelete when TaskDelete.Parser.ParseFrom(any.Value) is var e => new TaskDeletedEvent(
            e.ContainerId, (int)e.Pid, (int)e.ExitStatus, WireTime.FromWire(e.ExitedAt)),
        TypeUrls.TaskOom => new TaskOomEvent(TaskOOM.Parser.ParseFrom(any.Value).ContainerId),
        TypeUrls.TaskExecAdded when TaskExecAdded.Parser.ParseFrom(any.Value) is var e => new ExecAddedEvent(e.ContainerId, e.ExecId),
        TypeUrls.TaskExecStarted when TaskExecStarted.Parser.ParseFrom(any.Value) is var e =>
            new ExecStartedEvent(e.ContainerId, e.ExecId, (int)e.Pid),
        TypeUrls.TaskPaused => new TaskPausedEvent(TaskPaused.Parser.ParseFrom(any.Value).ContainerId),
        TypeUrls.TaskResumed => new TaskResumedEvent(TaskResumed.Parser.ParseFrom(any.Value).ContainerId),
        TypeUrls.TaskCheckpointed when TaskCheckpointed.Parser.ParseFrom(any.Value) is var e =>
            new TaskCheckpointedEvent(e.ContainerId, e.Checkpoint),
        _ => null,
    };

    private static TaskCreatedEvent Read(TaskCreate message) => new(
        message.ContainerId,
        message.Bundle,
        [.. message.Rootfs.Select(static mount => new RootfsMount
        {
            Type = mount.Type, Source = mount.Source, Target = mount.Target, Options = [.. mount.Options],
        })],
        message.Io is { } io
            ? new StdioPaths { Stdin = io.Stdin, Stdout = io.Stdout, Stderr = io.Stderr, Terminal = io.Terminal }
            : StdioPaths.None,
        message.Checkpoint,
        (int)message.Pid);
}
