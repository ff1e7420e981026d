using System.Text;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Tests.Runc;

/// <summary>Records what would be started, and plays the process.</summary>
internal sealed class FakeSpawner : IProcessSpawner
{
    internal List<SpawnRequest> Requests { get; } = [];

    internal List<FakeWatch> Watches { get; } = [];

    /// <summary>What the process does: returns its exit code, or null when it does not end by itself.</summary>
    internal Func<SpawnRequest, int?> Play { get; set; } = static _ => 0;

    internal SpawnRequest Last => Requests[^1];

    public IProcessWatch Spawn(SpawnRequest request)
    {
        Requests.Add(request);
        FakeWatch watch = new();
        Watches.Add(watch);
        if (Play(request) is { } exitCode)
        {
            watch.End(exitCode);
        }

        return watch;
    }

    public int SpawnUnwatched(SpawnRequest request) => Spawn(request).Pid;

    /// <summary>Writes to a stream of the process.</summary>
    internal static void Print(System.Runtime.InteropServices.SafeHandle? stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.That(Libc.Write(stream!, bytes), Is.EqualTo(bytes.Length));
    }

    internal sealed class FakeWatch : IProcessWatch
    {
        private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal List<int> Signals { get; } = [];

        internal bool IsDisposed { get; private set; }

        internal bool IsStuck { get; set; }

        public int Pid => 4711;

        public Task<ProcessExit> Exited => _exited.Task;

        public void Signal(int signal)
        {
            Signals.Add(signal);
            if (!IsStuck)
            {
                End(128 + signal);
            }
        }

        public void Dispose() => IsDisposed = true;

        internal void End(int exitCode) => _exited.TrySetResult(new ProcessExit(Pid, exitCode, DateTimeOffset.UnixEpoch));
    }
}
