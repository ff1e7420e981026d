using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Ttrpc;
using Microsoft.Extensions.Logging;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Services;

/// <summary>Makes the server of a shim: one task service under both names that containerd calls it by.</summary>
internal static class TaskServer
{
    private const string ServedAs = "containerd.task.v3.Task";

    /// <summary>The same messages under their older name; a containerd that was upgraded still asks for it (containerd#10888).</summary>
    private const string OlderName = "containerd.task.v2.Task";

    public static TtrpcServer Create(IShimTaskService tasks, TimeProvider time, ILogger logger)
    {
        TtrpcServer server = new(new TtrpcServerOptions
        {
            TimeProvider = time,
            MapException = ErrorMapping.ToStatus,
            ConnectionFaulted = fault => logger.ConnectionFaulted(fault.ToString()),
        });
        WireTask.BindService(server.Services, new TaskServiceAdapter(tasks));
        server.Services.Alias(ServedAs, OlderName);
        return server;
    }
}
