using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>The containers of one check, which go with it.</summary>
internal sealed class TaskTrial(TaskServiceSubject subject, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly List<string> _ids = [];

    public TaskServiceSubject Subject => subject;

    public IShimTaskService Tasks => subject.Tasks;

    public CancellationToken Token => cancellationToken;

    public CreateTaskRequest Request(Workload workload) => subject.MakeRequest(RuntimeTrial.NewId(), workload);

    public async Task<string> CreateAsync(Workload workload, StdioPaths? stdio = null)
    {
        CreateTaskRequest request = Request(workload);
        CreateTaskResult result = await Tasks.CreateAsync(request with { Stdio = stdio ?? StdioPaths.None }, cancellationToken).ConfigureAwait(false);
        _ids.Add(request.Id);
        Expect.That(result.Pid > 0, $"CreateAsync returned the pid {result.Pid}");
        return request.Id;
    }

    public async Task<string> RunAsync(Workload workload, StdioPaths? stdio = null)
    {
        string id = await CreateAsync(workload, stdio).ConfigureAwait(false);
        await Tasks.StartAsync(new StartRequest(id), cancellationToken).ConfigureAwait(false);
        return id;
    }

    /// <summary>Adds an exec and does not start it.</summary>
    public async Task<string> AddExecAsync(string id, Workload workload)
    {
        string execId = RuntimeTrial.NewId();
        await Tasks.ExecAsync(new ExecRequest { Id = id, ExecId = execId, ProcessSpec = subject.MakeProcess(workload) }, cancellationToken).ConfigureAwait(false);
        return execId;
    }

    public async Task<string> RunExecAsync(string id, Workload workload)
    {
        string execId = await AddExecAsync(id, workload).ConfigureAwait(false);
        await Tasks.StartAsync(new StartRequest(id, execId), cancellationToken).ConfigureAwait(false);
        return execId;
    }

    public Task<WaitResult> EndAsync(string id, string execId = "") => Expect.EndsAsync(
        Tasks.WaitAsync(new WaitRequest(id, execId), cancellationToken), subject, $"the answer of WaitAsync for {(execId.Length == 0 ? "the init process" : "an exec")}");

    public Task KillAsync(string id, string execId = "", int signal = Signals.Kill) =>
        Tasks.KillAsync(new KillRequest { Id = id, ExecId = execId, Signal = signal }, cancellationToken);

    public Task<DeleteResult> DeleteAsync(string id, string execId = "") => Expect.EndsAsync(
        Tasks.DeleteAsync(new DeleteRequest(id, execId), cancellationToken), subject, "the answer of DeleteAsync");

    public Task<StateResult> StateAsync(string id, string execId = "") => Tasks.StateAsync(new StateRequest(id, execId), cancellationToken);

    public async Task ShowsAsync(string id, ContainerStatus status, string when, string execId = "") =>
        Expect.Equal(status, (await StateAsync(id, execId).ConfigureAwait(false)).Status, $"the status {when}");

    public Task RefusedAsync(Func<Task> call, string what, params ShimErrorCode[] codes) => Expect.RefusalAsync(call, what, codes);

    /// <summary>Best effort: what a broken service leaves is not this check's failure.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (string id in _ids)
        {
            await TryAsync(() => Tasks.KillAsync(new KillRequest { Id = id, Signal = Signals.Kill, All = true }, CancellationToken.None)).ConfigureAwait(false);
            await TryAsync(() => Tasks.WaitAsync(new WaitRequest(id), CancellationToken.None)).ConfigureAwait(false);
            await TryAsync(() => Tasks.DeleteAsync(new DeleteRequest(id), CancellationToken.None)).ConfigureAwait(false);
        }
    }

    private Task TryAsync(Func<Task> call) => BestEffort.TryAsync(call, subject.Patience);
}
