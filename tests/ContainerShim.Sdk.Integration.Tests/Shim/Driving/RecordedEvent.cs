using System.Diagnostics;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>One event as it came over the wire.</summary>
/// <param name="Session">Which life of the listener received it; a repetition is only allowed in a later one.</param>
/// <param name="Received">A <see cref="Stopwatch"/> timestamp.</param>
internal sealed record RecordedEvent(int Session, long Received, DateTimeOffset ReceivedAt, Envelope Envelope, IMessage Message)
{
    public string Topic => Envelope.Topic;

    public string ContainerId => Message switch
    {
        TaskCreate m => m.ContainerId,
        TaskStart m => m.ContainerId,
        TaskDelete m => m.ContainerId,
        TaskExit m => m.ContainerId,
        TaskOOM m => m.ContainerId,
        TaskExecAdded m => m.ContainerId,
        TaskExecStarted m => m.ContainerId,
        TaskPaused m => m.ContainerId,
        TaskResumed m => m.ContainerId,
        TaskCheckpointed m => m.ContainerId,
        _ => throw new InvalidOperationException($"unexpected {Message.Descriptor.Name}"),
    };

    /// <summary>The exec id, or the container id for what concerns the init process.</summary>
    public string ProcessId => Message switch
    {
        TaskExit m => m.Id,
        TaskExecAdded m => m.ExecId,
        TaskExecStarted m => m.ExecId,
        _ => ContainerId,
    };

    public static RecordedEvent Of(Envelope envelope, int session) =>
        new(session, Stopwatch.GetTimestamp(), DateTimeOffset.UtcNow, envelope, ParserOf(envelope.Event.TypeUrl).ParseFrom(envelope.Event.Value));

    public override string ToString() => $"{ReceivedAt:HH:mm:ss.fff} {Topic} {ContainerId} {(Message is TaskCreate ? "" : Message)}";

    private static MessageParser ParserOf(string typeUrl) => typeUrl switch
    {
        TypeUrls.TaskCreate => TaskCreate.Parser,
        TypeUrls.TaskStart => TaskStart.Parser,
        TypeUrls.TaskDelete => TaskDelete.Parser,
        TypeUrls.TaskExit => TaskExit.Parser,
        TypeUrls.TaskOom => TaskOOM.Parser,
        TypeUrls.TaskExecAdded => TaskExecAdded.Parser,
        TypeUrls.TaskExecStarted => TaskExecStarted.Parser,
        TypeUrls.TaskPaused => TaskPaused.Parser,
        TypeUrls.TaskResumed => TaskResumed.Parser,
        TypeUrls.TaskCheckpointed => TaskCheckpointed.Parser,
        _ => throw new InvalidOperationException($"an event of the unknown type {typeUrl}"),
    };
}
