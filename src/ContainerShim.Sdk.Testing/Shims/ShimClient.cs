using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Ttrpc;
using Wire = ContainerShim.Sdk.Protocol.Task;
using static ContainerShim.Sdk.Testing.Shims.WireCalls;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Testing.Shims;

/// <summary>
/// The task service of a shim that is reached by its socket, as containerd reaches it: of this library, of another, in this process or
/// in its own. Safe for use from several threads.
/// </summary>
/// <remarks>Connects with the first call. Failures are <see cref="ShimException"/>s with the code and the text of the answer.</remarks>
public sealed class ShimClient : IShimTaskService, IAsyncDisposable
{
    private readonly TtrpcChannel _channel;
    private readonly WireTask.TaskClient _client;

    /// <summary>Makes a client.</summary>
    /// <param name="socketPath">The shim's socket: what <c>start</c> printed, without <c>unix://</c>.</param>
    public ShimClient(string socketPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(socketPath);
        _channel = new TtrpcChannel(token => UnixTtrpcTransport.ConnectAsync(socketPath, token));
        _client = new WireTask.TaskClient(_channel);
    }

    /// <inheritdoc/>
    public async Task<CreateTaskResult> CreateAsync(CreateTaskRequest request, CancellationToken cancellationToken = default) =>
        new((int)(await CallAsync(_client.CreateAsync, TaskMessages.ToWire(request), cancellationToken).ConfigureAwait(false)).Pid);

    /// <inheritdoc/>
    public async Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default) =>
        new((int)(await CallAsync(_client.StartAsync, new Wire.StartRequest { Id = request.Id, ExecId = request.ExecId }, cancellationToken)
            .ConfigureAwait(false)).Pid);

    /// <inheritdoc/>
    public async Task<DeleteResult> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken = default)
    {
        Wire.DeleteResponse response = await CallAsync(
            _client.DeleteAsync, new Wire.DeleteRequest { Id = request.Id, ExecId = request.ExecId }, cancellationToken).ConfigureAwait(false);
        return new DeleteResult((int)response.Pid, (int)response.ExitStatus, WireTime.FromWire(response.ExitedAt));
    }

    /// <inheritdoc/>
    public Task ExecAsync(ExecRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(_client.ExecAsync, TaskMessages.ToWire(request), cancellationToken);

    /// <inheritdoc/>
    public Task ResizePtyAsync(ResizePtyRequest request, CancellationToken cancellationToken = default) => CallAsync(
        _client.ResizePtyAsync,
        new Wire.ResizePtyRequest { Id = request.Id, ExecId = request.ExecId, Width = (uint)request.Width, Height = (uint)request.Height },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<StateResult> StateAsync(StateRequest request, CancellationToken cancellationToken = default) =>
        TaskMessages.FromWire(await CallAsync(
            _client.StateAsync, new Wire.StateRequest { Id = request.Id, ExecId = request.ExecId }, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<PidsResult> PidsAsync(PidsRequest request, CancellationToken cancellationToken = default) =>
        TaskMessages.FromWire(await CallAsync(_client.PidsAsync, new Wire.PidsRequest { Id = request.Id }, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public Task PauseAsync(PauseRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(_client.PauseAsync, new Wire.PauseRequest { Id = request.Id }, cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(_client.ResumeAsync, new Wire.ResumeRequest { Id = request.Id }, cancellationToken);

    /// <inheritdoc/>
    public Task CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(_client.CheckpointAsync, TaskMessages.ToWire(request), cancellationToken);

    /// <inheritdoc/>
    public Task KillAsync(KillRequest request, CancellationToken cancellationToken = default) => CallAsync(
        _client.KillAsync,
        new Wire.KillRequest { Id = request.Id, ExecId = request.ExecId, Signal = (uint)request.Signal, All = request.All },
        cancellationToken);

    /// <inheritdoc/>
    public Task CloseIOAsync(CloseIORequest request, CancellationToken cancellationToken = default) => CallAsync(
        _client.CloseIOAsync, new Wire.CloseIORequest { Id = request.Id, ExecId = request.ExecId, Stdin = true }, cancellationToken);

    /// <inheritdoc/>
    public Task UpdateAsync(UpdateRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(_client.UpdateAsync, TaskMessages.ToWire(request), cancellationToken);

    /// <inheritdoc/>
    public async Task<WaitResult> WaitAsync(WaitRequest request, CancellationToken cancellationToken = default)
    {
        Wire.WaitResponse response = await CallAsync(
            _client.WaitAsync, new Wire.WaitRequest { Id = request.Id, ExecId = request.ExecId }, cancellationToken).ConfigureAwait(false);
        return new WaitResult((int)response.ExitStatus, WireTime.FromWire(response.ExitedAt));
    }

    /// <inheritdoc/>
    public async Task<StatsResult> StatsAsync(StatsRequest request, CancellationToken cancellationToken = default)
    {
        Wire.StatsResponse response = await CallAsync(_client.StatsAsync, new Wire.StatsRequest { Id = request.Id }, cancellationToken)
            .ConfigureAwait(false);
        return new StatsResult(new TypedPayload(response.Stats?.TypeUrl ?? "", response.Stats?.Value.Memory ?? default));
    }

    /// <inheritdoc/>
    public async Task<ConnectResult> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken = default)
    {
        Wire.ConnectResponse response = await CallAsync(_client.ConnectAsync, new Wire.ConnectRequest { Id = request.Id }, cancellationToken)
            .ConfigureAwait(false);
        return new ConnectResult((int)response.ShimPid, (int)response.TaskPid, response.Version);
    }

    /// <inheritdoc/>
    public Task ShutdownAsync(ShutdownRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(_client.ShutdownAsync, new Wire.ShutdownRequest { Id = request.Id, Now = request.Now }, cancellationToken);

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _channel.DisposeAsync();
}
