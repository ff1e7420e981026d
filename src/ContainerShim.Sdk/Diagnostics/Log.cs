using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>The log messages of the engine. An id is never used again for something else.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Warning, "Event {Topic} of {ContainerId} was not delivered; retrying until it is")]
    public static partial void EventNotDelivered(this ILogger logger, Exception exception, string topic, string containerId);

    [LoggerMessage(101, LogLevel.Information, "Event {Topic} of {ContainerId} was delivered at attempt {Attempt}")]
    public static partial void EventDeliveredAtLast(this ILogger logger, string topic, string containerId, int attempt);

    [LoggerMessage(102, LogLevel.Error, "Event {Topic} of {ContainerId} is refused by the receiver and dropped")]
    public static partial void EventRejected(this ILogger logger, Exception exception, string topic, string containerId);

    [LoggerMessage(103, LogLevel.Warning, "Event {Topic} of {ContainerId} gave way: {Capacity} events wait for the receiver")]
    public static partial void EventGivenUp(this ILogger logger, string topic, string containerId, int capacity);

    [LoggerMessage(110, LogLevel.Information, "Container {ContainerId} was created, pid {Pid}")]
    public static partial void ContainerCreated(this ILogger logger, string containerId, int pid);

    [LoggerMessage(111, LogLevel.Information, "Process {ProcessId} of {ContainerId} ended with {ExitCode}, pid {Pid}")]
    public static partial void ProcessEnded(this ILogger logger, string containerId, string processId, int exitCode, int pid);

    [LoggerMessage(112, LogLevel.Warning, "Cleaning up after a failed operation on {ContainerId} failed at {Step}")]
    public static partial void CleanUpFailed(this ILogger logger, Exception exception, string containerId, string step);

    [LoggerMessage(113, LogLevel.Warning, "The cgroup of {ContainerId} cannot be loaded; it has no stats and no OOM events")]
    public static partial void CgroupNotLoaded(this ILogger logger, Exception exception, string containerId);

    [LoggerMessage(114, LogLevel.Warning, "Processes of {ContainerId} that its init process left cannot be killed")]
    public static partial void KillRestFailed(this ILogger logger, Exception exception, string containerId);

    [LoggerMessage(115, LogLevel.Warning, "{Count} execs of {ContainerId} have not ended {Seconds} s after its init process; its exit is reported without them")]
    public static partial void ExecsOutlastInit(this ILogger logger, string containerId, int count, double seconds);

    [LoggerMessage(116, LogLevel.Warning, "Process {ProcessId} of {ContainerId}, pid {Pid}, was gone before it could be watched; its status is lost")]
    public static partial void StatusLost(this ILogger logger, string containerId, string processId, int pid);

    [LoggerMessage(117, LogLevel.Warning, "The runtime was stopped while it had {ContainerId} frozen; it is thawed")]
    public static partial void ThawedAfterRuntime(this ILogger logger, string containerId);

    [LoggerMessage(118, LogLevel.Warning, "Output of {ProcessId} of {ContainerId} was not taken by its reader within the drain time; the rest is dropped")]
    public static partial void DrainTimedOut(this ILogger logger, string containerId, string processId);

    [LoggerMessage(119, LogLevel.Information, "Container {ContainerId} was deleted")]
    public static partial void ContainerDeleted(this ILogger logger, string containerId);

    [LoggerMessage(120, LogLevel.Error, "Unexpected failure while handling the exit of {ProcessId} of {ContainerId}")]
    public static partial void ExitHandlingFailed(this ILogger logger, Exception exception, string containerId, string processId);

    [LoggerMessage(121, LogLevel.Error, "Process {ProcessId} of {ContainerId}, pid {Pid}, cannot be watched yet; retrying until it can")]
    public static partial void WatchDelayed(this ILogger logger, Exception exception, string containerId, string processId, int pid);

    [LoggerMessage(122, LogLevel.Warning, "Process {ProcessId} of {ContainerId}, pid {Pid}, was not reported as started and has not ended yet though it was killed")]
    public static partial void UnreportedLives(this ILogger logger, string containerId, string processId, int pid);

    [LoggerMessage(123, LogLevel.Error, "Process {Pid} was started too late and cannot be ended")]
    public static partial void LateStartNotEnded(this ILogger logger, Exception exception, int pid);

    [LoggerMessage(124, LogLevel.Warning, "The streams of process {ProcessId} of {ContainerId} cannot be opened again")]
    public static partial void StreamsNotReopened(this ILogger logger, Exception exception, string containerId, string processId);

    [LoggerMessage(125, LogLevel.Information, "Container {ContainerId}, which an earlier engine had not finished making, was removed")]
    public static partial void HalfMadeRemoved(this ILogger logger, string containerId);

    [LoggerMessage(126, LogLevel.Information, "Container {ContainerId} of an earlier engine was taken over, pid {Pid}, {Execs} execs")]
    public static partial void ContainerAdopted(this ILogger logger, string containerId, int pid, int execs);

    [LoggerMessage(127, LogLevel.Error, "Container {ContainerId} of an earlier engine cannot be taken over")]
    public static partial void NotAdopted(this ILogger logger, Exception exception, string containerId);

    [LoggerMessage(128, LogLevel.Error, "Containers of an earlier shim could not all be taken over within {Seconds} s")]
    public static partial void AdoptionCutShort(this ILogger logger, double seconds);

    [LoggerMessage(129, LogLevel.Warning, "The logging process of the terminal of {Process} cannot be started again: what it writes is thrown away")]
    public static partial void LoggerNotRestarted(this ILogger logger, Exception exception, string process);

    [LoggerMessage(130, LogLevel.Debug, "A connection was refused or broke: {Fault}")]
    public static partial void ConnectionFaulted(this ILogger logger, string fault);

    [LoggerMessage(131, LogLevel.Warning, "The shim ends with {Pending} events not acknowledged")]
    public static partial void ShutdownTimedOut(this ILogger logger, int pending);

    [LoggerMessage(132, LogLevel.Warning, "The runtime did not kill {ContainerId}; it is killed without the runtime")]
    public static partial void KilledWithoutRuntime(this ILogger logger, Exception exception, string containerId);

    [LoggerMessage(133, LogLevel.Warning, "Log files have not taken all output within {Seconds} s of the end; the rest of it is lost")]
    public static partial void LogsNotWritten(this ILogger logger, double seconds);

    [LoggerMessage(134, LogLevel.Warning, "{Stream} of {Process} cannot be opened again: it leads nowhere from now on")]
    public static partial void StreamNotReopened(this ILogger logger, Exception exception, string stream, string process);

    [LoggerMessage(135, LogLevel.Warning, "Records of an earlier engine cannot be read: what is kept for its containers stays")]
    public static partial void RecordsNotRead(this ILogger logger, Exception exception);

    [LoggerMessage(140, LogLevel.Information, "State: pid {Pid}, {Containers} containers, {Threads} pool threads, {Bytes} bytes of managed memory")]
    public static partial void DumpProcess(this ILogger logger, int pid, int containers, int threads, long bytes);

    [LoggerMessage(141, LogLevel.Information, "State: container {ContainerId} is {Status}, pid {Pid}, {Pending} events pending")]
    public static partial void DumpContainer(this ILogger logger, string containerId, ContainerStatus status, int pid, int pending);

    [LoggerMessage(142, LogLevel.Information, "State: exec {ExecId} of {ContainerId} is {State}, pid {Pid}")]
    public static partial void DumpExec(this ILogger logger, string containerId, string execId, ProcessState state, int pid);

    [LoggerMessage(143, LogLevel.Information,
        "State: {Stream} of {ProcessId} of {ContainerId}: {Taken} bytes taken, {Dropped} dropped with {DroppedLines} lines, {Spilled} spilled, {Waiting} waiting")]
    public static partial void DumpStream(
        this ILogger logger, string stream, string processId, string containerId, long taken, long dropped, long droppedLines, long spilled, long waiting);

    [LoggerMessage(144, LogLevel.Information,
        "State: output of all processes ever: {Taken} bytes taken, {Dropped} dropped with {DroppedLines} lines, {Spilled} spilled, {Waiting} waiting")]
    public static partial void DumpOutput(this ILogger logger, long taken, long dropped, long droppedLines, long spilled, long waiting);
}
