using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf;

namespace ContainerShim.Sdk.Services;

/// <summary>Turns containerd's messages into events; apart from <see cref="EventMapping"/>, which a shim does not need the reverse of.</summary>
internal static class EventReading
{
    /// <returns>Null for a message that is none of a task's.</returns>
    public static ShimEvent? FromMessage(TypedPayload payload)
    {
        ReadOnlySpan<byte> bytes = payload.Value.Span;
        return TypeUrls.NameOf(payload.TypeUrl) switch
        {
            TypeUrls.TaskCreate => FromCreate(Read(TaskCreate.Parser, bytes)),
            TypeUrls.TaskStart => Read(TaskStart.Parser, bytes) is var e ? new TaskStartedEvent(e.ContainerId, (int)e.Pid) : null,
            TypeUrls.TaskExit => FromExit(Read(TaskExit.Parser, bytes)),
            TypeUrls.TaskDelete => FromDelete(Read(TaskDelete.Parser, bytes)),
            TypeUrls.TaskOom => new TaskOomEvent(Read(TaskOOM.Parser, bytes).ContainerId),
            TypeUrls.TaskExecAdded => Read(TaskExecAdded.Parser, bytes) is var e ? new ExecAddedEvent(e.ContainerId, e.ExecId) : null,
            TypeUrls.TaskExecStarted => Read(TaskExecStarted.Parser, bytes) is var e ? new ExecStartedEvent(e.ContainerId, e.ExecId, (int)e.Pid) : null,
            TypeUrls.TaskPaused => new TaskPausedEvent(Read(TaskPaused.Parser, bytes).ContainerId),
            TypeUrls.TaskResumed => new TaskResumedEvent(Read(TaskResumed.Parser, bytes).ContainerId),
            TypeUrls.TaskCheckpointed => Read(TaskCheckpointed.Parser, bytes) is var e ? new TaskCheckpointedEvent(e.ContainerId, e.Checkpoint) : null,
            _ => null,
        };
    }

    private static TaskCreatedEvent FromCreate(TaskCreate e) => new(e.ContainerId)
    {
        Bundle = e.Bundle,
        Rootfs = [.. e.Rootfs.Select(FromMount)],
        Stdio = e.Io is { } io ? new StdioPaths { Stdin = io.Stdin, Stdout = io.Stdout, Stderr = io.Stderr, Terminal = io.Terminal } : StdioPaths.None,
        Checkpoint = e.Checkpoint,
        Pid = (int)e.Pid,
    };

    private static TaskExitedEvent FromExit(TaskExit e) => new(
        e.ContainerId, e.Id, new ProcessExit((int)e.Pid, (int)e.ExitStatus, WireTime.FromWire(e.ExitedAt) ?? DateTimeOffset.MinValue));

    private static TaskDeletedEvent FromDelete(TaskDelete e) => new(e.ContainerId)
    {
        Pid = (int)e.Pid,
        ExitCode = (int)e.ExitStatus,
        ExitedAt = WireTime.FromWire(e.ExitedAt),
    };

    private static RootfsMount FromMount(Mount mount) =>
        new() { Type = mount.Type, Source = mount.Source, Target = mount.Target, Options = [.. mount.Options] };

    private static T Read<T>(MessageParser<T> parser, ReadOnlySpan<byte> bytes)
        where T : IMessage<T> => parser.ParseFrom(bytes);
}
