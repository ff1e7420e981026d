using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>Streams that lead nowhere; calls are named <c>stdio.*</c>.</summary>
internal sealed class FakeStdio(CallScript calls) : IStdioFactory
{
    private readonly List<Streams> _open = [];

    /// <summary>Opened and not disposed.</summary>
    public int Open => _open.Count;

    public StreamCounters Totals { get; } = new("all");

    public Task<IProcessStdio> OpenAsync(StdioRequest request, CancellationToken cancellationToken) =>
        calls.MakeAsync<IProcessStdio>(
            "stdio.open",
            request.ProcessId,
            () =>
            {
                Streams streams = new(this, request.ProcessId);
                _open.Add(streams);
                return streams;
            },
            cancellationToken);

    public Task<IProcessStdio> ReopenAsync(StdioRequest request, CancellationToken cancellationToken) => OpenAsync(request, cancellationToken);

    private CallScript Calls => calls;

    private sealed class Streams(FakeStdio owner, string processId) : IProcessStdio
    {
        public RuntimeStdio ChildEnds => RuntimeStdio.None;

        public IReadOnlyList<StreamCounters> Counters => [];

        public Task AttachAsync(CancellationToken cancellationToken) =>
            owner.Calls.MakeAsync("stdio.attach", processId, () => { }, cancellationToken);

        public void CloseStdin() => owner.Calls.MakeNow("stdio.closestdin", processId);

        public void Resize(int width, int height) => owner.Calls.MakeNow("stdio.resize", $"{processId} {width}x{height}");

        public void NoteExit() => owner.Calls.MakeNow("stdio.noteexit", processId);

        public Task DrainAsync(CancellationToken cancellationToken) =>
            owner.Calls.MakeAsync("stdio.drain", processId, () => { }, cancellationToken);

        public ValueTask DisposeAsync()
        {
            owner._open.Remove(this);
            return ValueTask.CompletedTask;
        }
    }
}
