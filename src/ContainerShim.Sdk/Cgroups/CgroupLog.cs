using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The log messages of cgroups.</summary>
internal static partial class CgroupLog
{
    [LoggerMessage(1601, LogLevel.Debug, "Controllers {Controllers} cannot be enabled in {Directory}: error {Error}")]
    internal static partial void ControllersNotEnabled(this ILogger logger, string controllers, string directory, int error);

    [LoggerMessage(1602, LogLevel.Warning, "The kernel cannot notify of OOM kills of a cgroup; the counter is read every second instead")]
    internal static partial void OomPolled(this ILogger logger, Exception exception);
}
