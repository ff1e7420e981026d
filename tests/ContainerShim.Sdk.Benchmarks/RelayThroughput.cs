using BenchmarkDotNet.Attributes;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Benchmarks;

/// <summary>16 MiB from the pipe of a process through the reactor to a FIFO and its reader: writing and reading are part of it.</summary>
public class RelayThroughput
{
    private const int Size = 16 << 20;
    private const int OwnerOnly = 0x180;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("bench-");
    private readonly byte[] _written = new byte[64 * 1024];
    private readonly byte[] _read = new byte[64 * 1024];
    private Reactor _reactor = null!;
    private PidfdProcessMonitor _monitor = null!;
    private IProcessStdio _stdio = null!;
    private FileStream _reader = null!;
    private FileStream _writer = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        string fifo = Path.Join(_directory.FullName, "stdout");
        Libc.MakeFifo(fifo, OwnerOnly);
        _reactor = new Reactor(NullLogger.Instance);
        _monitor = new PidfdProcessMonitor(_reactor, _reactor.Time, NullLogger.Instance);
        StdioFactory factory = new(_reactor, new PosixSpawner(_monitor), _reactor.Time, NullLogger.Instance);
        StdioRequest request = new() { Paths = new StdioPaths { Stdout = fifo }, ProcessId = "bench", ContainerdNamespace = "bench" };
        _stdio = await factory.OpenAsync(request, CancellationToken.None);
        _reader = new FileStream(fifo, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        _writer = new FileStream(Libc.Duplicate(_stdio.ChildEnds.Stdout!).IntoFileHandle(), FileAccess.Write, bufferSize: 0);
        await _stdio.AttachAsync(CancellationToken.None);
    }

    [Benchmark]
    public async Task MoveAsync()
    {
        Task writing = Task.Run(() =>
        {
            for (int left = Size; left > 0; left -= _written.Length)
            {
                _writer.Write(_written);
            }
        });
        for (int left = Size; left > 0;)
        {
            left -= _reader.Read(_read);
        }

        await writing;
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _writer.DisposeAsync();
        await _stdio.DisposeAsync();
        await _reader.DisposeAsync();
        _monitor.Dispose();
        _reactor.Dispose();
        _directory.Delete(recursive: true);
    }
}
