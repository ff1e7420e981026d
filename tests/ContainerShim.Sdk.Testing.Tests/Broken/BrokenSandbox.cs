using ContainerShim.Sdk.Sandboxes;
using ContainerShim.Sdk.Testing.InMemory;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>A sandbox service that is right except where a function replaces one of its operations.</summary>
internal sealed class BrokenSandbox(InMemoryHost host) : ISandboxService
{
    public InMemorySandbox Right { get; set; } = new(host);

    public Func<CreateSandboxRequest, Task>? Create { get; set; }

    public Func<string, Task<SandboxStart>>? Start { get; set; }

    public Func<string, Task<SandboxPlatform>>? Platform { get; set; }

    public Func<StopSandboxRequest, Task>? Stop { get; set; }

    public Func<string, CancellationToken, Task<SandboxExit>>? Wait { get; set; }

    public Func<SandboxStatusRequest, Task<SandboxStatus>>? Status { get; set; }

    public Func<string, Task>? Ping { get; set; }

    public Func<string, Task>? Shutdown { get; set; }

    public Func<string, Task<TypedPayload>>? Metrics { get; set; }

    public Task<SandboxStatus> RightStatusAsync(string id) => Right.GetStatusAsync(new SandboxStatusRequest(id, Verbose: false));

    public Task CreateAsync(CreateSandboxRequest request, CancellationToken cancellationToken = default) =>
        Create?.Invoke(request) ?? Right.CreateAsync(request, cancellationToken);

    public Task<SandboxStart> StartAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        Start?.Invoke(sandboxId) ?? Right.StartAsync(sandboxId, cancellationToken);

    public Task<SandboxPlatform> GetPlatformAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        Platform?.Invoke(sandboxId) ?? Right.GetPlatformAsync(sandboxId, cancellationToken);

    public Task StopAsync(StopSandboxRequest request, CancellationToken cancellationToken = default) =>
        Stop?.Invoke(request) ?? Right.StopAsync(request, cancellationToken);

    public Task<SandboxExit> WaitAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        Wait?.Invoke(sandboxId, cancellationToken) ?? Right.WaitAsync(sandboxId, cancellationToken);

    public Task<SandboxStatus> GetStatusAsync(SandboxStatusRequest request, CancellationToken cancellationToken = default) =>
        Status?.Invoke(request) ?? Right.GetStatusAsync(request, cancellationToken);

    public Task PingAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        Ping?.Invoke(sandboxId) ?? Right.PingAsync(sandboxId, cancellationToken);

    public Task ShutdownAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        Shutdown?.Invoke(sandboxId) ?? Right.ShutdownAsync(sandboxId, cancellationToken);

    public Task<TypedPayload> GetMetricsAsync(string sandboxId, CancellationToken cancellationToken = default) =>
        Metrics?.Invoke(sandboxId) ?? Right.GetMetricsAsync(sandboxId, cancellationToken);
}
