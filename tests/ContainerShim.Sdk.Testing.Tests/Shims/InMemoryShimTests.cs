using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Testing.InMemory;
using ContainerShim.Sdk.Testing.Shims;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Testing.Tests.Shims;

/// <summary>What a test author does with the package, as an author would write it.</summary>
internal sealed class InMemoryShimTests
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(20);

    private InMemoryShim _shim = null!;

    [SetUp]
    public void Start() => _shim = InMemoryShim.Start();

    [TearDown]
    public async Task Stop()
    {
        await _shim.DisposeAsync();
        Assert.That(_shim.Publisher.Violations, Is.Empty);
        Assert.That(_shim.Host.Monitor.OpenWatches, Is.Zero);
    }

    [Test]
    public async Task Run_ScriptThatPrintsAndEnds_IsSeenThroughTheSocket()
    {
        _shim.Host.Runtime.Script = static _ => ProcessScript.Exits(3);

        await _shim.RunAsync("c1", "any", "command");

        Assert.That((await _shim.Client.WaitAsync(new WaitRequest("c1"))).ExitCode, Is.EqualTo(3));
        TaskExitedEvent told = await _shim.Publisher.WaitForAsync<TaskExitedEvent>().WaitAsync(_bound);
        Assert.That(told.Exit.ExitCode, Is.EqualTo(3));
    }

    [Test]
    public async Task Create_RuntimeThatFails_PassesItsTextOn()
    {
        _shim.Host.Runtime.FailNext(RuntimeOperation.Create, ShimException.Unknown("OCI runtime create failed: no space left on device"));

        ShimException? refusal = await Assert.ThrowsAsync<ShimException>(() => _shim.RunAsync("c1", "true"));

        Assert.That(refusal!.Message, Does.Contain("no space left on device"));
        await _shim.RunAsync("c1", "true");
    }

    [Test]
    public async Task Exit_WhileAKillHangs_IsToldAllTheSame()
    {
        InMemoryProcess init = await _shim.RunAsync("c1", "service");
        HeldCall kill = _shim.Host.Runtime.HoldNext(RuntimeOperation.Kill);
        Task killing = _shim.Client.KillAsync(new KillRequest { Id = "c1", Signal = 15 });
        await kill.Entered.WaitAsync(_bound);

        init.End(0);

        Assert.That((await _shim.Client.WaitAsync(new WaitRequest("c1")).WaitAsync(_bound)).ExitCode, Is.Zero);
        kill.Release();
        await Assert.ThrowsAsync<ShimException>(() => killing);
    }

    [Test]
    public async Task OutOfMemory_IsToldBeforeTheExit()
    {
        InMemoryProcess init = await _shim.RunAsync("c1", "service");

        _shim.Host.Cgroups.OomKill("c1");

        await _shim.Publisher.WaitForAsync<TaskExitedEvent>().WaitAsync(_bound);
        Assert.That(_shim.Publisher.Received.Select(static e => e.Topic), Is.EqualTo(new[] { "/tasks/create", "/tasks/start", "/tasks/oom", "/tasks/exit" }));
        Assert.That(init.Exit?.ExitCode, Is.EqualTo(137));
    }

    [Test]
    public async Task Events_WhileTheReceiverIsAway_ComeWhenItIsBack()
    {
        _shim.Publisher.IsAway = true;
        await _shim.RunAsync("c1", "true");
        await _shim.Client.WaitAsync(new WaitRequest("c1"));
        Assert.That(_shim.Publisher.Received, Is.Empty);

        _shim.Publisher.IsAway = false;

        await _shim.Publisher.WaitForAsync<TaskExitedEvent>().WaitAsync(_bound);
        Assert.That(_shim.Publisher.Envelopes.Select(static envelope => envelope.Sequence), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public async Task Exec_OfACommand_EndsWithItsOwnStatusAndIsRecorded()
    {
        await _shim.RunAsync("c1", "service");

        InMemoryProcess exec = await _shim.ExecAsync("c1", "e1", "sh", "-c", "exit 9");

        Assert.That((await _shim.Client.WaitAsync(new WaitRequest("c1", "e1")).WaitAsync(_bound)).ExitCode, Is.EqualTo(9));
        Assert.That(exec.Start.Arguments, Is.EqualTo(new[] { "sh", "-c", "exit 9" }));
        Assert.That(_shim.Host.Runtime.Calls, Has.Member(new RecordedCall(RuntimeOperation.Exec, "c1", "e1")));
    }

    [Test]
    public async Task Streams_OfTheEngine_ReachAScriptThatEchoes()
    {
        await using ShimContainer container = await _shim.Engine.CreateContainerAsync("c1", _shim.AddBundle("cat"), ContainerStdio.Streams);
        await container.StartAsync();

        await container.StandardInput.WriteAsync("over and out"u8.ToArray());
        await container.StandardInput.DisposeAsync();

        using StreamReader output = new(container.StandardOutput);
        Assert.That(await output.ReadToEndAsync().WaitAsync(_bound), Is.EqualTo("over and out"));
        Assert.That((await container.WaitAsync().WaitAsync(_bound)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Checkpoint_AndARestoreOfIt_AreToldAndGoOnWhereItWas()
    {
        string image = Path.Join(_shim.AddBundle(), "image");
        await _shim.RunAsync("c1", "sh", "-c", "trap 'exit 4' TERM");
        await _shim.Client.CheckpointAsync(new CheckpointRequest("c1", new RuntimeCheckpoint { ImagePath = image, Exit = true }));
        Assert.That((await _shim.Client.WaitAsync(new WaitRequest("c1"))).ExitCode, Is.EqualTo(137));

        await _shim.Client.CreateAsync(new CreateTaskRequest { Id = "c2", Bundle = _shim.AddBundle(), Checkpoint = image });
        await _shim.Client.StartAsync(new StartRequest("c2"));
        await _shim.Client.KillAsync(new KillRequest { Id = "c2", Signal = 15 });

        Assert.That((await _shim.Client.WaitAsync(new WaitRequest("c2"))).ExitCode, Is.EqualTo(4));
        TaskCheckpointedEvent told = await _shim.Publisher.WaitForAsync<TaskCheckpointedEvent>().WaitAsync(_bound);
        Assert.That((told.ContainerId, told.Path), Is.EqualTo(("c1", image)));
    }

    [Test]
    public async Task Create_WithMounts_HandsThemToTheRuntimeAndNeedsNoRoot()
    {
        RootfsMount mount = new() { Type = "overlay", Source = "overlay", Options = ["lowerdir=/none"] };

        await _shim.Client.CreateAsync(new CreateTaskRequest { Id = "c1", Bundle = _shim.AddBundle("true"), Rootfs = [mount] });

        TaskCreatedEvent created = await _shim.Publisher.WaitForAsync<TaskCreatedEvent>().WaitAsync(_bound);
        Assert.That(created.Rootfs.Single().Type, Is.EqualTo("overlay"));
        Assert.That(Directory.Exists(Path.Join(created.Bundle, "rootfs")), Is.False);
    }

    [Test]
    public async Task Exit_WithAnExecThatEvenSigkillDoesNotEnd_IsToldAfterTheGraceOfTheFakeClock()
    {
        FakeTimeProvider time = new();
        await using InMemoryShim shim = InMemoryShim.Start(new InMemoryShimOptions { TimeProvider = time });
        shim.Host.Runtime.Script = static start => new ProcessScript { IsStuck = start.ExecId.Length > 0 };
        InMemoryProcess init = await shim.RunAsync("c1", "service");
        await shim.ExecAsync("c1", "e1", "stuck");

        init.End(2);
        Task<WaitResult> waiting = shim.Client.WaitAsync(new WaitRequest("c1"));
        while (!waiting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.That((await waiting).ExitCode, Is.EqualTo(2));
        Assert.That(shim.Publisher.Violations, Has.One.StartsWith("P4:"));
    }
}
