using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Tells on SIGUSR1 what the shim knows, for a person who wonders what it is doing.</summary>
internal static class StateDump
{
    public static void Write(ShimTaskService tasks, ILogger logger)
    {
        logger.DumpProcess(Environment.ProcessId, tasks.Containers.All().Count, ThreadPool.ThreadCount, GC.GetTotalMemory(false));
        foreach (Container container in tasks.Containers.All())
        {
            StateResult init = container.State("");
            logger.DumpContainer(container.Id, init.Status, init.Pid, container.Services.Events.Pending);
            WriteStreams(container, container.Init, logger);
            foreach (ExecProcess exec in container.AllExecs())
            {
                logger.DumpExec(container.Id, exec.Id, exec.State, exec.Pid);
                WriteStreams(container, exec, logger);
            }
        }

        logger.DumpOutput(tasks.Output.Taken, tasks.Output.Dropped, tasks.Output.DroppedLines, tasks.Output.Spilled, tasks.Output.Waiting);
    }

    private static void WriteStreams(Container container, ManagedProcess process, ILogger logger)
    {
        foreach (StreamCounters stream in process.Streams)
        {
            logger.DumpStream(
                stream.Name, process.Id, container.Id, stream.Taken, stream.Dropped, stream.DroppedLines, stream.Spilled, stream.Waiting);
        }
    }
}
