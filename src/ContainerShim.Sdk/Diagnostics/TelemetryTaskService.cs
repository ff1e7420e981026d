using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Measures the operations of a task service. Wait is left out: it lasts as long as the process does, and says nothing of the shim.</summary>
internal sealed class TelemetryTaskService(IShimTaskService inner, CallMeter meter) : IShimTaskService
{
    public Task<CreateTaskResult> CreateAsync(CreateTaskRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("create", request.Id, "", () => inner.CreateAsync(request, cancellationToken));

    public Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("start", request.Id, request.ExecId, () => inner.StartAsync(request, cancellationToken));

    public Task<DeleteResult> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("delete", request.Id, request.ExecId, () => inner.DeleteAsync(request, cancellationToken));

    public Task ExecAsync(ExecRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("exec", request.Id, request.ExecId, () => inner.ExecAsync(request, cancellationToken));

    public Task ResizePtyAsync(ResizePtyRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("resize_pty", request.Id, request.ExecId, () => inner.ResizePtyAsync(request, cancellationToken));

    public Task<StateResult> StateAsync(StateRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("state", request.Id, request.ExecId, () => inner.StateAsync(request, cancellationToken));

    public Task<PidsResult> PidsAsync(PidsRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("pids", request.Id, "", () => inner.PidsAsync(request, cancellationToken));

    public Task PauseAsync(PauseRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("pause", request.Id, "", () => inner.PauseAsync(request, cancellationToken));

    public Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("resume", request.Id, "", () => inner.ResumeAsync(request, cancellationToken));

    public Task CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("checkpoint", request.Id, "", () => inner.CheckpointAsync(request, cancellationToken));

    public Task KillAsync(KillRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("kill", request.Id, request.ExecId, () => inner.KillAsync(request, cancellationToken));

    public Task CloseIOAsync(CloseIORequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("close_io", request.Id, request.ExecId, () => inner.CloseIOAsync(request, cancellationToken));

    public Task UpdateAsync(UpdateRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("update", request.Id, "", () => inner.UpdateAsync(request, cancellationToken));

    public Task<WaitResult> WaitAsync(WaitRequest request, CancellationToken cancellationToken = default) => inner.WaitAsync(request, cancellationToken);

    public Task<StatsResult> StatsAsync(StatsRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("stats", request.Id, "", () => inner.StatsAsync(request, cancellationToken));

    public Task<ConnectResult> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("connect", request.Id, "", () => inner.ConnectAsync(request, cancellationToken));

    public Task ShutdownAsync(ShutdownRequest request, CancellationToken cancellationToken = default) =>
        meter.MeasureAsync("shutdown", request.Id, "", () => inner.ShutdownAsync(request, cancellationToken));
}
