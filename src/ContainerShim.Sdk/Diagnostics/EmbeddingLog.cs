using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>What an engine in a host process logs.</summary>
internal static partial class EmbeddingLog
{
    [LoggerMessage(151, LogLevel.Error, "Container {ContainerId} could not be removed with its engine; what is left of it needs its runtime's delete")]
    public static partial void NotRemoved(this ILogger logger, Exception exception, string containerId);

    [LoggerMessage(153, LogLevel.Information, "Exec {ExecId} of {ContainerId} is killed, as its time is over")]
    public static partial void ExecTimedOut(this ILogger logger, string containerId, string execId);

    [LoggerMessage(154, LogLevel.Error, "A part of the engine could not be ended ({Part}); the others are ended all the same")]
    public static partial void EndFailed(this ILogger logger, Exception exception, string part);

    [LoggerMessage(155, LogLevel.Error, "Calls under way have not ended {Seconds} s after they were cancelled with their engine; they are not waited for")]
    public static partial void CallsNotEnded(this ILogger logger, double seconds);
}
