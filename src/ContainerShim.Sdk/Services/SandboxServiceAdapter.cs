using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Sandboxes;
using ContainerShim.Sdk.Tasks;
using Grpc.Core;
using Wire = ContainerShim.Sdk.Protocol.Sandbox;
using WireSandbox = ContainerShim.Sdk.Protocol.Services.Sandbox;
using WireTypes = ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Services;

/// <summary>Offers an <see cref="ISandboxService"/> under containerd's sandbox protocol, and keeps the shim for as long as its sandbox.</summary>
internal sealed class SandboxServiceAdapter(ISandboxService service, ShimTaskService tasks, TimeProvider time) : WireSandbox.SandboxBase
{
    private volatile bool _wasShutDown;

    /// <summary>Whether a client has asked for the end of the sandbox, and with it of the shim.</summary>
    public bool WasShutDown => _wasShutDown;

    public override async Task<Wire.CreateSandboxResponse> CreateSandbox(Wire.CreateSandboxRequest request, ServerCallContext context)
    {
        Identifiers.Validate(request.SandboxId);
        tasks.Containers.KeepFor(request.SandboxId);
        try
        {
            await service.CreateAsync(
                new CreateSandboxRequest
                {
                    SandboxId = request.SandboxId,
                    BundlePath = request.BundlePath,
                    Rootfs = [.. request.Rootfs.Select(TaskMapping.FromWire)],
                    Options = request.Options is null ? null : new TypedPayload(request.Options.TypeUrl, request.Options.Value.Memory),
                    NetworkNamespacePath = request.NetnsPath,
                    Annotations = request.Annotations,
                },
                context.CancellationToken).ConfigureAwait(false);
            return new Wire.CreateSandboxResponse();
        }
        catch
        {
            tasks.Containers.KeepFor(null);
            throw;
        }
    }

    public override async Task<Wire.StartSandboxResponse> StartSandbox(Wire.StartSandboxRequest request, ServerCallContext context)
    {
        SandboxStart result = await service.StartAsync(Valid(request.SandboxId), context.CancellationToken).ConfigureAwait(false);
        return new Wire.StartSandboxResponse
        {
            Pid = (uint)result.Pid,
            CreatedAt = WireTime.ToWire(result.CreatedAt),
            Spec = result.Spec is null ? null : TaskMapping.ToWire(result.Spec),
        };
    }

    public override async Task<Wire.PlatformResponse> Platform(Wire.PlatformRequest request, ServerCallContext context)
    {
        SandboxPlatform result = await service.GetPlatformAsync(Valid(request.SandboxId), context.CancellationToken).ConfigureAwait(false);
        return new Wire.PlatformResponse
        {
            Platform = new WireTypes.Platform { Os = result.Os, Architecture = result.Architecture, Variant = result.Variant },
        };
    }

    public override async Task<Wire.StopSandboxResponse> StopSandbox(Wire.StopSandboxRequest request, ServerCallContext context)
    {
        await service.StopAsync(
            new StopSandboxRequest(Valid(request.SandboxId), TimeSpan.FromSeconds(request.TimeoutSecs)), context.CancellationToken).ConfigureAwait(false);
        return new Wire.StopSandboxResponse();
    }

    public override async Task<Wire.WaitSandboxResponse> WaitSandbox(Wire.WaitSandboxRequest request, ServerCallContext context)
    {
        SandboxExit result = await service.WaitAsync(Valid(request.SandboxId), context.CancellationToken).ConfigureAwait(false);
        return new Wire.WaitSandboxResponse { ExitStatus = (uint)result.ExitCode, ExitedAt = WireTime.ToWire(result.ExitedAt) };
    }

    public override async Task<Wire.SandboxStatusResponse> SandboxStatus(Wire.SandboxStatusRequest request, ServerCallContext context)
    {
        SandboxStatus result = await service.GetStatusAsync(
            new SandboxStatusRequest(Valid(request.SandboxId), request.Verbose), context.CancellationToken).ConfigureAwait(false);
        Wire.SandboxStatusResponse response = new()
        {
            SandboxId = result.SandboxId,
            Pid = (uint)result.Pid,
            State = result.IsReady ? "SANDBOX_READY" : "SANDBOX_NOTREADY",
            CreatedAt = WireTime.ToWire(result.CreatedAt),
            ExitedAt = WireTime.ToWire(result.ExitedAt),
            Extra = result.Extra is null ? null : TaskMapping.ToWire(result.Extra),
        };
        response.Info.Add(new Dictionary<string, string>(result.Info));
        return response;
    }

    public override async Task<Wire.PingResponse> PingSandbox(Wire.PingRequest request, ServerCallContext context)
    {
        await service.PingAsync(Valid(request.SandboxId), context.CancellationToken).ConfigureAwait(false);
        return new Wire.PingResponse();
    }

    /// <summary>
    /// The end of the sandbox is the end of the shim, also where the sandbox could not be created, which containerd cleans up in this way.
    /// Containers that are left keep both.
    /// </summary>
    public override async Task<Wire.ShutdownSandboxResponse> ShutdownSandbox(Wire.ShutdownSandboxRequest request, ServerCallContext context)
    {
        string? kept = tasks.Containers.TryCloseWithSandbox(Valid(request.SandboxId));
        try
        {
            if (kept is not null)
            {
                await service.ShutdownAsync(kept, context.CancellationToken).ConfigureAwait(false);
            }

            return new Wire.ShutdownSandboxResponse();
        }
        finally
        {
            _wasShutDown = true;
            tasks.RequestShutdown();
        }
    }

    public override async Task<Wire.SandboxMetricsResponse> SandboxMetrics(Wire.SandboxMetricsRequest request, ServerCallContext context)
    {
        TypedPayload result = await service.GetMetricsAsync(Valid(request.SandboxId), context.CancellationToken).ConfigureAwait(false);
        return new Wire.SandboxMetricsResponse
        {
            Metrics = new WireTypes.Metric { Timestamp = WireTime.ToWire(time.GetUtcNow()), Id = request.SandboxId, Data = TaskMapping.ToWire(result) },
        };
    }

    private static string Valid(string sandboxId)
    {
        Identifiers.Validate(sandboxId);
        return sandboxId;
    }
}
