using System.IO.Pipes;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Testing.InMemory;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Testing.Tests.InMemory;

internal sealed class InMemoryRuntimeTests
{
    private static readonly TimeSpan _bound = TimeSpan.FromSeconds(20);

    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private InMemoryHost _host = null!;
    private RuntimeContainer _container = null!;

    [SetUp]
    public void MakeBundle()
    {
        _host = new InMemoryHost(_time);
        _container = new RuntimeContainer { Id = "c1", Bundle = _directory.Path, ContainerdNamespace = "ns" };
        File.WriteAllText(Path.Join(_directory.Path, "config.json"), """{"process":{"args":["cat"]}}""");
    }

    [TearDown]
    public void EndAll() => _host.EndAll();

    [OneTimeTearDown]
    public void RemoveBundle() => _directory.Dispose();

    [Test]
    public async Task Start_ScriptThatEchoes_CopiesItsInputUntilItsEnd()
    {
        using AnonymousPipeServerStream input = new(PipeDirection.Out);
        using AnonymousPipeServerStream output = new(PipeDirection.In);
        using SafeFileHandle stdin = Take(input);
        using SafeFileHandle stdout = Take(output);
        int pid = await _host.Runtime.CreateAsync(_container, new RuntimeStdio { Stdin = stdin, Stdout = stdout });
        stdin.Dispose();
        stdout.Dispose();
        await _host.Runtime.StartAsync(_container);

        await input.WriteAsync("over and out"u8.ToArray());
        await input.DisposeAsync();

        using StreamReader text = new(output);
        Assert.That(await text.ReadToEndAsync().WaitAsync(_bound), Is.EqualTo("over and out"));
        using IProcessWatch watch = _host.Monitor.Watch(pid);
        Assert.That((await watch.Exited.WaitAsync(_bound)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Restore_OnAnotherHost_RunsForTheTimeThatWasLeft()
    {
        _host.Runtime.Script = _ => ProcessScript.Exits(5, after: TimeSpan.FromSeconds(10));
        await _host.Runtime.CreateAsync(_container, RuntimeStdio.None);
        await _host.Runtime.StartAsync(_container);
        _time.Advance(TimeSpan.FromSeconds(4));
        string image = Path.Join(_directory.Path, "image");
        await _host.Runtime.CheckpointAsync(_container, new RuntimeCheckpoint { ImagePath = image, Exit = true });
        Assert.That(_host.Process("c1").Exit?.ExitCode, Is.EqualTo(137));

        TimerTime time = new();
        InMemoryHost other = new(time);
        int pid = await other.Runtime.RestoreAsync(_container, new RuntimeRestore { ImagePath = image, Stdio = RuntimeStdio.None });
        Assert.That(await time.FirstTimer.WaitAsync(_bound), Is.EqualTo(TimeSpan.FromSeconds(6)));
        time.Advance(TimeSpan.FromSeconds(6));
        using IProcessWatch watch = other.Monitor.Watch(pid);
        Assert.That((await watch.Exited.WaitAsync(_bound)).ExitCode, Is.EqualTo(5));
    }

    [Test]
    public async Task FailNext_Twice_FailsTwoCallsAndNoMore()
    {
        _host.Runtime.FailNext(RuntimeOperation.Create, ShimException.Unknown("first"));
        _host.Runtime.FailNext(RuntimeOperation.Create, ShimException.Unknown("second"));

        Assert.That(() => _host.Runtime.CreateAsync(_container, RuntimeStdio.None), Throws.TypeOf<ShimException>().With.Message.EqualTo("first"));
        Assert.That(() => _host.Runtime.CreateAsync(_container, RuntimeStdio.None), Throws.TypeOf<ShimException>().With.Message.EqualTo("second"));
        Assert.That(await _host.Runtime.CreateAsync(_container, RuntimeStdio.None), Is.Positive);
    }

    [Test]
    public async Task DelayNext_ByTheClockOfTheHost_EndsAtThatTime()
    {
        _host.Runtime.DelayNext(RuntimeOperation.Create, TimeSpan.FromMinutes(5));

        Task<int> creating = _host.Runtime.CreateAsync(_container, RuntimeStdio.None);
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.That(creating.IsCompleted, Is.False);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.That(await creating.WaitAsync(_bound), Is.Positive);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task HoldNext_TokenThatFires_EndsTheCall(bool done)
    {
        HeldCall held = _host.Runtime.HoldNext(RuntimeOperation.Create, done);
        using CancellationTokenSource patience = new();
        Task<int> creating = _host.Runtime.CreateAsync(_container, RuntimeStdio.None, patience.Token);
        await held.Entered.WaitAsync(_bound);

        await patience.CancelAsync();

        Assert.That(() => creating, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_host.Runtime.Containers, Has.Count.EqualTo(done ? 1 : 0));
    }

    [Test]
    public async Task HoldNext_Failed_FailsTheCall()
    {
        HeldCall held = _host.Runtime.HoldNext(RuntimeOperation.Create);
        Task<int> creating = _host.Runtime.CreateAsync(_container, RuntimeStdio.None);
        await held.Entered.WaitAsync(_bound);

        held.Fail(ShimException.Unknown("too late"));

        Assert.That(() => creating, Throws.TypeOf<ShimException>().With.Message.EqualTo("too late"));
    }

    private static SafeFileHandle Take(AnonymousPipeServerStream pipe)
    {
        SafeFileHandle handle = new(pipe.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: true);
        pipe.ClientSafePipeHandle.SetHandleAsInvalid();
        return handle;
    }

    /// <summary>Tells how long its first timer is to run: that has been set, and the clock may go on.</summary>
    private sealed class TimerTime : FakeTimeProvider
    {
        private readonly TaskCompletionSource<TimeSpan> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TimeSpan> FirstTimer => _first.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, dueTime, period);
            _first.TrySetResult(dueTime);
            return timer;
        }
    }
}
