using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>The containers of one check, which go with it.</summary>
internal sealed class RuntimeTrial(RuntimeSubject subject, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly List<TrialContainer> _containers = [];

    public RuntimeSubject Subject => subject;

    public IOciRuntime Runtime => subject.Runtime;

    public CancellationToken Token => cancellationToken;

    /// <summary>A container that the runtime has not been told of.</summary>
    public RuntimeContainer Unknown() => subject.MakeContainer(NewId(), Workload.Runs);

    public static string NewId() => $"conf-{Guid.NewGuid():N}"[..20];

    public async Task<TrialContainer> CreateAsync(Workload workload, RuntimeStdio? stdio = null, string? id = null)
    {
        RuntimeContainer container = subject.MakeContainer(id ?? NewId(), workload);
        int pid = await Runtime.CreateAsync(container, stdio ?? RuntimeStdio.None, cancellationToken).ConfigureAwait(false);
        return Adopt(container, pid, "CreateAsync");
    }

    /// <summary>Takes over what a call has made.</summary>
    public TrialContainer Adopt(RuntimeContainer container, int pid, string source)
    {
        Expect.That(pid > 0, $"{source} returned the pid {pid}");
        TrialContainer made = new(container, pid, Watch(pid, source));
        _containers.Add(made);
        return made;
    }

    public async Task<TrialContainer> RunAsync(Workload workload, RuntimeStdio? stdio = null)
    {
        TrialContainer made = await CreateAsync(workload, stdio).ConfigureAwait(false);
        await Runtime.StartAsync(made.Container, cancellationToken).ConfigureAwait(false);
        return made;
    }

    public Task<int> ExecAsync(TrialContainer container, Workload workload, RuntimeStdio? stdio = null) => Runtime.ExecAsync(
        container.Container,
        new RuntimeExec { ExecId = NewId(), ProcessSpec = subject.MakeProcess(workload), Stdio = stdio ?? RuntimeStdio.None },
        cancellationToken);

    public IProcessWatch Watch(int pid, string source)
    {
        try
        {
            return subject.Monitor.Watch(pid);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            throw new ConformanceException(
                $"{source} returned the pid {pid}, which the monitor does not know: its process was collected by somebody else, so its status is lost", e);
        }
    }

    /// <summary>
    /// The status of an exec, whose watch is disposed then: where another process is its parent it is collected only with that, and the
    /// init process of a pid namespace ends after all others have been collected (pid_namespaces(7)).
    /// </summary>
    public async Task<int> ExecExitCodeAsync(int pid, string what)
    {
        using IProcessWatch watch = Watch(pid, what);
        return await ExitCodeAsync(watch, what).ConfigureAwait(false);
    }

    public async Task<int> ExitCodeAsync(IProcessWatch watch, string what) =>
        (await Expect.EndsAsync(watch.Exited, subject, $"the end of {what} (pid {watch.Pid})").ConfigureAwait(false)).ExitCode;

    public async Task<string> StatusAsync(TrialContainer container) =>
        (await Runtime.StateAsync(container.Container, cancellationToken).ConfigureAwait(false)).Status;

    public Task KillAsync(TrialContainer container, int signal = Signals.Kill, bool all = false) =>
        Runtime.KillAsync(container.Container, signal, all, cancellationToken);

    public Task DeleteAsync(TrialContainer container, bool force = false) =>
        Runtime.DeleteAsync(container.Container, force, cancellationToken);

    /// <summary>Best effort: what a broken runtime leaves is not this check's failure.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (TrialContainer container in _containers)
        {
            await BestEffort.TryAsync(
                async () =>
                {
                    await Runtime.DeleteAsync(container.Container, force: true, CancellationToken.None).ConfigureAwait(false);
                    await container.Watch.Exited.ConfigureAwait(false);
                },
                subject.Patience).ConfigureAwait(false);
            container.Watch.Dispose();
        }
    }
}
