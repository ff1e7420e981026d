using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Sandboxes;
using ContainerShim.Sdk.Ttrpc;
using static ContainerShim.Sdk.Testing.Shims.WireCalls;
using Wire = ContainerShim.Sdk.Protocol.Sandbox;
using WireSandbox = ContainerShim.Sdk.Protocol.Services.Sandbox;

namespace ContainerShim.Sdk.Testing.Shims;

/// <summary>
/// The sandbox service of a shim that is reached by its socket, as containerd reaches it where the <c>sandboxer</c> of a runtime is
/// <c>shim</c>: of this library, of another, in this process or in its own. Safe for use from several threads.
/// </summary>
/// <remarks>
/// Connects with the first call. Failures are <see cref="ShimException"/>s with the code and the text of the answer; Unavailable once the shim
/// has ended, as it does after <see cref="ShutdownAsync"/>. A time that the shim does not tell is <c>default</c>, or null where it may be.
/// </remarks>
public sealed class SandboxClient : ISandboxService, IAsyncDisposable
{
    private readonly TtrpcChannel _channel;
    private readonly WireSandbox.SandboxClient _client;

    /// <summary>Makes a client.</summary>
    /// <param name="socketPath">The shim's socket: what <c>start</c> printed, without <c>unix://</c>.</param>
    public SandboxClient(string socketPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(socketPath);
        _channel = new TtrpcChannel(token => UnixTtrpcTransport.ConnectAsync(socketPath, token));
        _client = new WireSandbox.SandboxClient(_channel);
    }

    /// <inheritdoc/>
    public Task CreateAsync(CreateSandboxRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Wire.CreateSandboxRequest message = new()
        {
            SandboxId = request.SandboxId,
            BundlePath = request.BundlePath,
            NetnsPath = request.NetworkNamespacePath,
            Options = request.Options is null ? null : TaskMessages.ToWire(request.Options),
        };
        message.Rootfs.Add(request.Rootfs.Select(TaskMessages.ToWire));
        message.Annotations.Add(new Dictionary<string, string>(request.Annotations));
        return CallAsync(_client.CreateSandboxAsync, message, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SandboxStart> StartAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Wire.StartSandboxResponse response = await CallAsync(
            _client.StartSandboxAsync, new Wire.StartSandboxRequest { SandboxId = sandboxId }, cancellationToken).ConfigureAwait(false);
        return new SandboxStart(
            (int)response.Pid, WireTime.FromWire(response.CreatedAt) ?? default, TaskMessages.FromWire(response.Spec));
    }

    /// <inheritdoc/>
    public async Task<SandboxPlatform> GetPlatformAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Wire.PlatformResponse response = await CallAsync(
            _client.PlatformAsync, new Wire.PlatformRequest { SandboxId = sandboxId }, cancellationToken).ConfigureAwait(false);
        return new SandboxPlatform(response.Platform?.Os ?? "", response.Platform?.Architecture ?? "", response.Platform?.Variant ?? "");
    }

    /// <inheritdoc/>
    /// <remarks>Time limits travel in whole seconds; what is shorter than one is rounded up.</remarks>
    public Task StopAsync(StopSandboxRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return CallAsync(
            _client.StopSandboxAsync,
            new Wire.StopSandboxRequest { SandboxId = request.SandboxId, TimeoutSecs = (uint)Math.Ceiling(request.Timeout.TotalSeconds) },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SandboxExit> WaitAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Wire.WaitSandboxResponse response = await CallAsync(
            _client.WaitSandboxAsync, new Wire.WaitSandboxRequest { SandboxId = sandboxId }, cancellationToken).ConfigureAwait(false);
        return new SandboxExit((int)response.ExitStatus, WireTime.FromWire(response.ExitedAt) ?? default);
    }

    /// <inheritdoc/>
    public async Task<SandboxStatus> GetStatusAsync(SandboxStatusRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Wire.SandboxStatusResponse response = await CallAsync(
            _client.SandboxStatusAsync,
            new Wire.SandboxStatusRequest { SandboxId = request.SandboxId, Verbose = request.Verbose },
            cancellationToken).ConfigureAwait(false);
        return new SandboxStatus
        {
            SandboxId = response.SandboxId,
            IsReady = response.State == "SANDBOX_READY",
            Pid = (int)response.Pid,
            CreatedAt = WireTime.FromWire(response.CreatedAt),
            ExitedAt = WireTime.FromWire(response.ExitedAt),
            Info = new Dictionary<string, string>(response.Info),
            Extra = TaskMessages.FromWire(response.Extra),
        };
    }

    /// <inheritdoc/>
    public Task PingAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        CallAsync(_client.PingSandboxAsync, new Wire.PingRequest { SandboxId = sandboxId }, cancellationToken);

    /// <inheritdoc/>
    public Task ShutdownAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        CallAsync(_client.ShutdownSandboxAsync, new Wire.ShutdownSandboxRequest { SandboxId = sandboxId }, cancellationToken);

    /// <inheritdoc/>
    public async Task<TypedPayload> GetMetricsAsync(string sandboxId, CancellationToken cancellationToken = default)
    {
        Wire.SandboxMetricsResponse response = await CallAsync(
            _client.SandboxMetricsAsync, new Wire.SandboxMetricsRequest { SandboxId = sandboxId }, cancellationToken).ConfigureAwait(false);
        return TaskMessages.FromWire(response.Metrics?.Data) ?? new TypedPayload("", default);
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _channel.DisposeAsync();
}
