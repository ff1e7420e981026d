using ContainerShim.Sdk.Sandboxes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>The service of one check and its sandbox, which go with it.</summary>
internal sealed class SandboxTrial(SandboxSubject subject, ISandboxService service, CancellationToken cancellationToken) : IAsyncDisposable
{
    public SandboxSubject Subject => subject;

    public ISandboxService Service => service;

    public CancellationToken Token => cancellationToken;

    public string Id { get; } = RuntimeTrial.NewId();

    public Task CreateAsync() => service.CreateAsync(subject.MakeRequest(Id), cancellationToken);

    /// <summary>Creates the sandbox and starts it.</summary>
    public async Task<SandboxStart> RunAsync()
    {
        await CreateAsync().ConfigureAwait(false);
        return await StartAsync().ConfigureAwait(false);
    }

    public Task<SandboxStart> StartAsync() => service.StartAsync(Id, cancellationToken);

    public Task StopAsync(string what = "StopAsync") => Expect.SuccessAsync(
        () => Expect.EndsAsync(service.StopAsync(new StopSandboxRequest(Id, subject.Patience), cancellationToken), subject, $"the return of {what}"), what);

    public Task<SandboxExit> WaitAsync() => service.WaitAsync(Id, cancellationToken);

    /// <summary>The answer to who waits, which is due.</summary>
    public Task<SandboxExit> ExitAsync(Task<SandboxExit>? wait = null, string what = "WaitAsync") =>
        Expect.SuccessAsync(() => Expect.EndsAsync(wait ?? WaitAsync(), subject, $"the answer of {what}"), what);

    /// <summary>Stops the sandbox and waits for its end.</summary>
    public async Task<SandboxExit> EndAsync()
    {
        await StopAsync().ConfigureAwait(false);
        return await ExitAsync().ConfigureAwait(false);
    }

    public Task<SandboxStatus> StatusAsync() => service.GetStatusAsync(new SandboxStatusRequest(Id, Verbose: false), cancellationToken);

    public Task RefusedAsync(Func<Task> call, string what, params ShimErrorCode[] codes) => Expect.RefusalAsync(call, what, codes);

    /// <summary>Best effort: what a broken service leaves is not this check's failure.</summary>
    public async ValueTask DisposeAsync()
    {
        await BestEffort.TryAsync(() => service.ShutdownAsync(Id, CancellationToken.None), subject.Patience).ConfigureAwait(false);
        switch (service)
        {
            case IAsyncDisposable disposable:
                await disposable.DisposeAsync().ConfigureAwait(false);
                break;
            case IDisposable disposable:
                disposable.Dispose();
                break;
        }
    }
}
