using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Reaper;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk;

public sealed partial class ContainerShimEngine
{
    /// <summary>Sets up what learns of exits. Nothing is left behind when it fails.</summary>
    private static OwnedLinuxHost TrackExits(ContainerShimSettings settings, StateDirectory state, ILogger logger)
    {
        OwnedLinuxHost? host = null;
        try
        {
            host = settings.ExitTracking switch
            {
                ExitTracking.Reaper => new OwnedLinuxHost(
                    logger, isSubreaper: false, isShared: true, settings.Stdio, settings.Runc, reactor => new ReaperLink(reactor, state.Path, logger)),
                ExitTracking.Subreaper => TrackAsSubreaper(settings, logger),
                ExitTracking.KernelInfo => TrackByKernel(settings, logger),
                _ => throw ShimException.InvalidArgument($"exit tracking {settings.ExitTracking}"),
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

    private static OwnedLinuxHost TrackAsSubreaper(ContainerShimSettings settings, ILogger logger)
    {
        RequireChildren();
        ProcessSetup.BecomeSubreaper();
        return new OwnedLinuxHost(logger, isSubreaper: true, isShared: true, settings.Stdio, settings.Runc);
    }

    private static OwnedLinuxHost TrackByKernel(ContainerShimSettings settings, ILogger logger)
    {
        RequireChildren();
        OwnedLinuxHost host = new(logger, isSubreaper: false, isShared: true, settings.Stdio, settings.Runc, runsExecsInForeground: true);
        if (host.Monitor.Abilities.HasFlag(ProcessMonitorAbilities.AnyProcess))
        {
            return host;
        }

        host.Dispose();
        throw ShimException.FailedPrecondition(
            "ExitTracking.KernelInfo needs Linux 6.15, whose kernel tells the exit status of any process; ExitTracking.Reaper and ExitTracking.Subreaper are exact here",
            ShimErrorReason.ExitsCannotBeTracked);
    }

    private static void RequireChildren()
    {
        if (ProcessSetup.IgnoresChildren())
        {
            throw ShimException.FailedPrecondition(
                "SIGCHLD is ignored in this process; set it to its default (signal(7)) before starting containers, or choose ExitTracking.Reaper",
                ShimErrorReason.ExitsCannotBeTracked);
        }
    }
}
