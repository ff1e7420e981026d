using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Embedding;

/// <summary>A container's handle on an engine of fakes, and bounded waits: continuations of handles run on the thread pool.</summary>
internal sealed class EmbeddedHarness
{
    private readonly EmbeddingContext _context;

    public EmbeddedHarness(bool leavesContainers = false)
    {
        StreamTable streams = new(NSubstitute.Substitute.For<IReactor>(), Engine.Time);
        Calls = new EngineCalls(Engine);
        _context = new EmbeddingContext(Engine.Service, Engine.Services, streams, new OwnedBundles("/none"), Calls, leavesContainers: leavesContainers);
    }

    public EngineHarness Engine { get; } = new();

    public EngineCalls Calls { get; }

    /// <summary>Creates and starts a container.</summary>
    public ShimContainer Run(string id)
    {
        Engine.Run(id);
        return HandleOf(id);
    }

    public ShimContainer HandleOf(string id) => new(_context, Engine.Service.Containers.Get(id));

    /// <summary>Starts a further process in it.</summary>
    public ShimProcess StartExec(string id, string execId, TimeSpan timeout)
    {
        Engine.Service.ExecAsync(Requests.Exec(id, execId)).Now();
        Engine.Service.StartAsync(new StartRequest(id, execId)).Now();
        Container container = Engine.Service.Containers.Get(id);
        return new ShimProcess(_context, container, container.Exec(execId), streams: null, timeout);
    }

    public async Task EndAsync()
    {
        await Calls.EndAsync();
        await Calls.CompleteAsync();
    }

    /// <summary>Waits until the engine has made a call.</summary>
    public Task MadeAsync(string call) => OsFixture.UntilAsync(() => Engine.Calls.Made.ToArray().Contains(call));

    /// <summary>Waits until somebody waits for the fake time to pass, then lets it.</summary>
    public async Task PassAsync(TimeSpan time, Task until)
    {
        await OsFixture.UntilAsync(() =>
        {
            Engine.Time.Advance(time);
            return until.IsCompleted;
        });
    }
}
