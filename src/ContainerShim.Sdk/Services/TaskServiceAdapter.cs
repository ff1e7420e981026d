using ContainerShim.Sdk.Tasks;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = ContainerShim.Sdk.Protocol.Task;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Services;

/// <summary>Offers an <see cref="IShimTaskService"/> under containerd's task protocol.</summary>
internal sealed class TaskServiceAdapter(IShimTaskService service) : WireTask.TaskBase
{
    private static readonly Empty Nothing = new();

    public override async Task<Wire.CreateTaskResponse> Create(Wire.CreateTaskRequest request, ServerCallContext context)
    {
        CreateTaskResult result = await service.CreateAsync(TaskMapping.FromWire(request), context.CancellationToken).ConfigureAwait(false);
        return new Wire.CreateTaskResponse { Pid = (uint)result.Pid };
    }

    public override async Task<Wire.StartResponse> Start(Wire.StartRequest request, ServerCallContext context)
    {
        StartResult result = await service.StartAsync(new StartRequest(request.Id, request.ExecId), context.CancellationToken)
            .ConfigureAwait(false);
        return new Wire.StartResponse { Pid = (uint)result.Pid };
    }

    public override async Task<Wire.DeleteResponse> Delete(Wire.DeleteRequest request, ServerCallContext context) =>
        TaskMapping.ToWire(await service.DeleteAsync(new DeleteRequest(request.Id, request.ExecId), context.CancellationToken)
            .ConfigureAwait(false));

    public override async Task<Empty> Exec(Wire.ExecProcessRequest request, ServerCallContext context)
    {
        await service.ExecAsync(TaskMapping.FromWire(request), context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    public override async Task<Empty> ResizePty(Wire.ResizePtyRequest request, ServerCallContext context)
    {
        await service.ResizePtyAsync(
            new ResizePtyRequest
            {
                Id = request.Id,
                ExecId = request.ExecId,
                Width = TaskMapping.ToCells(request.Width),
                Height = TaskMapping.ToCells(request.Height),
            }, context.CancellationToken)
            .ConfigureAwait(false);
        return Nothing;
    }

    public override async Task<Wire.StateResponse> State(Wire.StateRequest request, ServerCallContext context) =>
        TaskMapping.ToWire(await service.StateAsync(new StateRequest(request.Id, request.ExecId), context.CancellationToken)
            .ConfigureAwait(false));

    public override async Task<Wire.PidsResponse> Pids(Wire.PidsRequest request, ServerCallContext context) =>
        TaskMapping.ToWire(await service.PidsAsync(new PidsRequest(request.Id), context.CancellationToken).ConfigureAwait(false));

    public override async Task<Empty> Pause(Wire.PauseRequest request, ServerCallContext context)
    {
        await service.PauseAsync(new PauseRequest(request.Id), context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    public override async Task<Empty> Resume(Wire.ResumeRequest request, ServerCallContext context)
    {
        await service.ResumeAsync(new ResumeRequest(request.Id), context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    public override async Task<Empty> Checkpoint(Wire.CheckpointTaskRequest request, ServerCallContext context)
    {
        await service.CheckpointAsync(
            new CheckpointRequest(request.Id, OptionsMapping.ToCheckpoint(request.Path, request.Options)), context.CancellationToken)
            .ConfigureAwait(false);
        return Nothing;
    }

    public override async Task<Empty> Kill(Wire.KillRequest request, ServerCallContext context)
    {
        await service.KillAsync(
            new KillRequest { Id = request.Id, ExecId = request.ExecId, Signal = (int)request.Signal, All = request.All }, context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    public override async Task<Empty> CloseIO(Wire.CloseIORequest request, ServerCallContext context)
    {
        await service.CloseIOAsync(new CloseIORequest(request.Id, request.ExecId), context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    public override async Task<Empty> Update(Wire.UpdateTaskRequest request, ServerCallContext context)
    {
        await service.UpdateAsync(
            new UpdateRequest(request.Id, request.Resources?.Value.Memory ?? default), context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }

    public override async Task<Wire.WaitResponse> Wait(Wire.WaitRequest request, ServerCallContext context)
    {
        WaitResult result = await service.WaitAsync(new WaitRequest(request.Id, request.ExecId), context.CancellationToken)
            .ConfigureAwait(false);
        return new Wire.WaitResponse { ExitStatus = (uint)result.ExitCode, ExitedAt = Protocol.WireTime.ToWire(result.ExitedAt) };
    }

    public override async Task<Wire.StatsResponse> Stats(Wire.StatsRequest request, ServerCallContext context)
    {
        StatsResult result = await service.StatsAsync(new StatsRequest(request.Id), context.CancellationToken).ConfigureAwait(false);
        return new Wire.StatsResponse { Stats = TaskMapping.ToWire(result.Metrics) };
    }

    public override async Task<Wire.ConnectResponse> Connect(Wire.ConnectRequest request, ServerCallContext context)
    {
        ConnectResult result = await service.ConnectAsync(new ConnectRequest(request.Id), context.CancellationToken).ConfigureAwait(false);
        return new Wire.ConnectResponse { ShimPid = (uint)result.ShimPid, TaskPid = (uint)result.TaskPid, Version = result.Version };
    }

    public override async Task<Empty> Shutdown(Wire.ShutdownRequest request, ServerCallContext context)
    {
        await service.ShutdownAsync(new ShutdownRequest(request.Id, request.Now), context.CancellationToken).ConfigureAwait(false);
        return Nothing;
    }
}
