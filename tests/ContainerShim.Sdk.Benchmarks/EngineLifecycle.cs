using BenchmarkDotNet.Attributes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Testing.InMemory;
using ContainerShim.Sdk.Testing.Shims;

namespace ContainerShim.Sdk.Benchmarks;

/// <summary>
/// Create, start, wait and delete with all events, of containers whose processes are in memory: what the engine itself costs. Each
/// iteration has a new engine, since the machine in memory keeps a record of all that was ever on it.
/// </summary>
[MemoryDiagnoser]
public class EngineLifecycle
{
    private const int Containers = 200;

    private InMemoryShim _shim = null!;
    private string _bundle = null!;

    [IterationSetup]
    public void SetUp()
    {
        _shim = InMemoryShim.Start();
        _shim.Host.Runtime.Script = static _ => ProcessScript.Exits(7);
        _bundle = _shim.AddBundle("true");
    }

    [Benchmark(OperationsPerInvoke = Containers)]
    public Task InProcessAsync() => RunAsync(_shim.Engine.Tasks);

    [Benchmark(OperationsPerInvoke = Containers)]
    public Task OverTheSocketAsync() => RunAsync(_shim.Client);

    [IterationCleanup]
    public void CleanUp() => _shim.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private async Task RunAsync(IShimTaskService tasks)
    {
        for (int i = 0; i < Containers; i++)
        {
            string id = $"c{i}";
            await tasks.CreateAsync(new CreateTaskRequest { Id = id, Bundle = _bundle });
            await tasks.StartAsync(new StartRequest(id));
            await tasks.WaitAsync(new WaitRequest(id));
            await tasks.DeleteAsync(new DeleteRequest(id));
        }
    }
}
