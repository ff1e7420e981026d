using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Ttrpc;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Services;

/// <summary>Makes the server of a shim: one task service under both names that containerd calls it by.</summary>
internal static class TaskServer
{
    private const string ServedAs = "containerd.task.v3.Task";

    /// <summary>The same messages under their older name; a containerd that was upgraded still asks for it (containerd#10888).</summary>
    private const string OlderName = "containerd.task.v2.Task";

    /// <summary>Of the service that a shim adds.</summary>
    private const string WaitSandbox = "/containerd.runtime.sandbox.v1.Sandbox/WaitSandbox";

    /// <param name="tasks">The service.</param>
    /// <param name="time">The clock of deadlines.</param>
    /// <param name="logger">Is told of connections that break.</param>
    /// <param name="interceptor">Sees every call; null for none.</param>
    public static TtrpcServer Create(IShimTaskService tasks, TimeProvider time, ILogger logger, Interceptor? interceptor = null)
    {
        TtrpcServerOptions options = new()
        {
            TimeProvider = time,
            MapException = ErrorMapping.ToStatus,
            ConnectionFaulted = fault => logger.ConnectionFaulted(fault.ToString()),
            LongPolls = { $"/{ServedAs}/{nameof(WireTask.TaskBase.Wait)}", WaitSandbox },
        };
        if (interceptor is not null)
        {
            options.Interceptors.Add(interceptor);
        }

        TtrpcServer server = new(options);
        WireTask.BindService(server.Services, new TaskServiceAdapter(tasks));
        server.Services.Alias(ServedAs, OlderName);
        return server;
    }
}
