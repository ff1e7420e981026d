using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Reaper;
using ContainerShim.Sdk.Stdio;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk;

public sealed partial class ContainerShimEngine
{
    /// <summary>Sets up what learns of exits. Nothing is left behind when it fails.</summary>
    private static LinuxHost TrackExits(ExitTracking tracking, StdioOptions stdio, StateDirectory state, ILogger logger)
    {
        LinuxHost? host = null;
        try
        {
            host = tracking switch
            {
                ExitTracking.Reaper => new LinuxHost(
                    logger, isSubreaper: false, isShared: true, stdio, reactor => new ReaperLink(reactor, state.Path, logger)),
                ExitTracking.Subreaper => TrackAsSubreaper(stdio, logger),
                ExitTracking.KernelInfo => TrackByKernel(stdio, logger),
                _ => throw ShimException.InvalidArgument($"exit tracking {tracking}"),
            };
            return host;
        }
        finally
        {
            if (host is null)
            {
                state.Dispose();
            }
        }
    }

    private static LinuxHost TrackAsSubreaper(StdioOptions stdio, ILogger logger)
    {
        RequireChildren();
        ProcessSetup.BecomeSubreaper();
        return new LinuxHost(logger, isSubreaper: true, isShared: true, stdio);
    }

    private static LinuxHost TrackByKernel(StdioOptions stdio, ILogger logger)
    {
        RequireChildren();
        LinuxHost host = new(logger, isSubreaper: false, isShared: true, stdio, runsExecsInForeground: true);
        if (host.Monitor.Abilities.HasFlag(ProcessMonitorAbilities.AnyProcess))
        {
            return host;
        }

        host.Dispose();
        throw ShimException.FailedPrecondition(
            "ExitTracking.KernelInfo needs Linux 6.15, whose kernel tells the exit status of any process; ExitTracking.Reaper and ExitTracking.Subreaper are exact here");
    }

    private static void RequireChildren()
    {
        if (ProcessSetup.IgnoresChildren())
        {
            throw ShimException.FailedPrecondition(
                "SIGCHLD is ignored in this process; set it to its default (signal(7)) before starting containers, or choose ExitTracking.Reaper");
        }
    }
}
