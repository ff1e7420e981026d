using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>A task service that is right except where a function replaces one of its operations.</summary>
internal sealed class BrokenTasks(IShimTaskService right) : IShimTaskService
{
    public IShimTaskService Right => right;

    public Func<CreateTaskRequest, Task<CreateTaskResult>>? Create { get; set; }

    public Func<StartRequest, Task<StartResult>>? Start { get; set; }

    public Func<DeleteRequest, Task<DeleteResult>>? Delete { get; set; }

    public Func<ExecRequest, Task>? Exec { get; set; }

    public Func<StateRequest, Task<StateResult>>? State { get; set; }

    public Func<PidsRequest, Task<PidsResult>>? Pids { get; set; }

    public Func<PauseRequest, Task>? Pause { get; set; }

    public Func<KillRequest, Task>? Kill { get; set; }

    public Func<CloseIORequest, Task>? CloseIO { get; set; }

    public Func<UpdateRequest, Task>? Update { get; set; }

    public Func<WaitRequest, CancellationToken, Task<WaitResult>>? Wait { get; set; }

    public Func<StatsRequest, Task<StatsResult>>? Stats { get; set; }

    public Func<ConnectRequest, Task<ConnectResult>>? Connect { get; set; }

    public Func<ShutdownRequest, Task>? Shutdown { get; set; }

    public Task<CreateTaskResult> CreateAsync(CreateTaskRequest request, CancellationToken cancellationToken = default) =>
        Create?.Invoke(request) ?? right.CreateAsync(request, cancellationToken);

    public Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default) =>
        Start?.Invoke(request) ?? right.StartAsync(request, cancellationToken);

    public Task<DeleteResult> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken = default) =>
        Delete?.Invoke(request) ?? right.DeleteAsync(request, cancellationToken);

    public Task ExecAsync(ExecRequest request, CancellationToken cancellationToken = default) =>
        Exec?.Invoke(request) ?? right.ExecAsync(request, cancellationToken);

    public Task ResizePtyAsync(ResizePtyRequest request, CancellationToken cancellationToken = default) => right.ResizePtyAsync(request, cancellationToken);

    public Task<StateResult> StateAsync(StateRequest request, CancellationToken cancellationToken = default) =>
        State?.Invoke(request) ?? right.StateAsync(request, cancellationToken);

    public Task<PidsResult> PidsAsync(PidsRequest request, CancellationToken cancellationToken = default) =>
        Pids?.Invoke(request) ?? right.PidsAsync(request, cancellationToken);

    public Task PauseAsync(PauseRequest request, CancellationToken cancellationToken = default) =>
        Pause?.Invoke(request) ?? right.PauseAsync(request, cancellationToken);

    public Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken = default) => right.ResumeAsync(request, cancellationToken);

    public Task CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken = default) => right.CheckpointAsync(request, cancellationToken);

    public Task KillAsync(KillRequest request, CancellationToken cancellationToken = default) =>
        Kill?.Invoke(request) ?? right.KillAsync(request, cancellationToken);

    public Task CloseIOAsync(CloseIORequest request, CancellationToken cancellationToken = default) =>
        CloseIO?.Invoke(request) ?? right.CloseIOAsync(request, cancellationToken);

    public Task UpdateAsync(UpdateRequest request, CancellationToken cancellationToken = default) =>
        Update?.Invoke(request) ?? right.UpdateAsync(request, cancellationToken);

    public Task<WaitResult> WaitAsync(WaitRequest request, CancellationToken cancellationToken = default) =>
        Wait?.Invoke(request, cancellationToken) ?? right.WaitAsync(request, cancellationToken);

    public Task<StatsResult> StatsAsync(StatsRequest request, CancellationToken cancellationToken = default) =>
        Stats?.Invoke(request) ?? right.StatsAsync(request, cancellationToken);

    public Task<ConnectResult> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken = default) =>
        Connect?.Invoke(request) ?? right.ConnectAsync(request, cancellationToken);

    public Task ShutdownAsync(ShutdownRequest request, CancellationToken cancellationToken = default) =>
        Shutdown?.Invoke(request) ?? right.ShutdownAsync(request, cancellationToken);
}
