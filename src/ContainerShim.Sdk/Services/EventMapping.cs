using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Services;

/// <summary>Turns events into containerd's messages.</summary>
internal static class EventMapping
{
    public static Envelope ToEnvelope(EventEnvelope envelope) => new()
    {
        Timestamp = WireTime.ToWire(envelope.Timestamp),
        Namespace = envelope.ContainerdNamespace,
        Topic = envelope.Event.Topic,
        Event = ToAny(envelope.Event),
    };

    public static Any ToAny(ShimEvent shimEvent) => shimEvent switch
    {
        TaskCreatedEvent e => TypeUrls.Pack(TypeUrls.TaskCreate, ToMessage(e)),
        TaskStartedEvent e => TypeUrls.Pack(TypeUrls.TaskStart, new TaskStart { ContainerId = e.ContainerId, Pid = (uint)e.Pid }),
        TaskExitedEvent e => TypeUrls.Pack(TypeUrls.TaskExit, new TaskExit
        {
            ContainerId = e.ContainerId,
            Id = e.ProcessId,
            Pid = (uint)e.Exit.Pid,
            ExitStatus = (uint)e.Exit.ExitCode,
            ExitedAt = WireTime.ToWire(e.Exit.ExitedAt),
        }),
        TaskDeletedEvent e => TypeUrls.Pack(TypeUrls.TaskDelete, new TaskDelete
        {
            ContainerId = e.ContainerId,
            Pid = (uint)e.Pid,
            ExitStatus = (uint)e.ExitCode,
            ExitedAt = WireTime.ToWire(e.ExitedAt),
        }),
        TaskOomEvent e => TypeUrls.Pack(TypeUrls.TaskOom, new TaskOOM { ContainerId = e.ContainerId }),
        ExecAddedEvent e => TypeUrls.Pack(TypeUrls.TaskExecAdded, new TaskExecAdded { ContainerId = e.ContainerId, ExecId = e.ExecId }),
        ExecStartedEvent e => TypeUrls.Pack(
            TypeUrls.TaskExecStarted, new TaskExecStarted { ContainerId = e.ContainerId, ExecId = e.ExecId, Pid = (uint)e.Pid }),
        TaskPausedEvent e => TypeUrls.Pack(TypeUrls.TaskPaused, new TaskPaused { ContainerId = e.ContainerId }),
        TaskResumedEvent e => TypeUrls.Pack(TypeUrls.TaskResumed, new TaskResumed { ContainerId = e.ContainerId }),
        TaskCheckpointedEvent e => TypeUrls.Pack(
            TypeUrls.TaskCheckpointed, new TaskCheckpointed { ContainerId = e.ContainerId, Checkpoint = e.Path }),
        _ => throw new EventRejectedException($"no message is known for {shimEvent.GetType().Name}"),
    };

    private static TaskCreate ToMessage(TaskCreatedEvent e)
    {
        TaskCreate message = new()
        {
            ContainerId = e.ContainerId,
            Bundle = e.Bundle,
            Io = new TaskIO { Stdin = e.Stdio.Stdin, Stdout = e.Stdio.Stdout, Stderr = e.Stdio.Stderr, Terminal = e.Stdio.Terminal },
            Checkpoint = e.Checkpoint,
            Pid = (uint)e.Pid,
        };
        message.Rootfs.AddRange(e.Rootfs.Select(ToMount));
        return message;
    }

    private static Mount ToMount(RootfsMount mount)
    {
        Mount message = new() { Type = mount.Type, Source = mount.Source, Target = mount.Target };
        message.Options.AddRange(mount.Options);
        return message;
    }
}
