using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Runc;

internal sealed class RuncTimeoutTests
{
    [Test]
    public async Task Kill_ThatHangs_IsEndedAtItsLimit()
    {
        using RuncFixture fixture = new();
        fixture.Spawner.Play = static _ => null;
        Task call = fixture.Runtime.KillAsync(fixture.Container, 9, all: false);
        fixture.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.That(fixture.Spawner.Watches[0].Signals, Is.Empty);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        ShimException error = await Failure.OfAsync(() => call);
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.DeadlineExceeded));
        Assert.That(error.Message, Is.EqualTo("runc kill did not end within 10 s: context deadline exceeded"));
        Assert.That(fixture.Spawner.Watches[0].Signals, Is.EqualTo(new[] { 9 }));
        Assert.That(fixture.Spawner.Watches[0].IsDisposed);
    }

    [Test]
    public async Task Start_ThatHangsInAHook_IsEndedWithTheHook()
    {
        using OsFixture os = new();
        using RuncFixture fixture = new();
        string pidFile = Path.Join(fixture.Bundle, "hook");
        fixture.Directory.Script("bin/runc", $"sleep 60 & echo $! > {pidFile}.new; mv {pidFile}.new {pidFile}; wait");
        fixture.Variables["PATH"] += ":/bin";
        RuncRuntime runtime = new(new RuncRuntimeOptions(), os.Spawner, TimeProvider.System, name => fixture.Variables.GetValueOrDefault(name));
        using CancellationTokenSource source = new();

        Task call = runtime.StartAsync(fixture.Container, source.Token);
        await OsFixture.UntilAsync(() => File.Exists(pidFile));
        int hook = int.Parse(await File.ReadAllTextAsync(pidFile), System.Globalization.CultureInfo.InvariantCulture);
        source.Cancel();

        await Assert.ThatAsync(() => call, Throws.InstanceOf<OperationCanceledException>());
        await OsFixture.UntilAsync(() => OsFixture.StateOf(hook) is null or 'Z');
    }

    [Test]
    public async Task Pause_ThatIsCancelled_IsEndedAtOnce()
    {
        using RuncFixture fixture = new();
        using CancellationTokenSource source = new();
        fixture.Spawner.Play = static _ => null;
        Task call = fixture.Runtime.PauseAsync(fixture.Container, source.Token);
        source.Cancel();
        await Assert.ThatAsync(() => call, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(fixture.Spawner.Watches[0].Signals, Is.EqualTo(new[] { 9 }));
        Assert.That(fixture.Spawner.Watches[0].IsDisposed);
    }

    [Test]
    public async Task Start_OfARuntimeThatCannotDie_ReturnsShortlyAfter()
    {
        using RuncFixture fixture = new();
        fixture.Spawner.Play = static _ => null;
        Task call = fixture.Runtime.StartAsync(fixture.Container);
        fixture.Spawner.Watches[0].IsStuck = true;
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        while (!call.IsCompleted)
        {
            // The wait for the killed process begins on another thread.
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Assert.ThatAsync(() => call, Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.DeadlineExceeded));
        Assert.That(fixture.Spawner.Watches[0].IsDisposed);
    }

    [Test]
    public async Task Call_WithATokenThatHasFired_StartsNothing()
    {
        using RuncFixture fixture = new();
        await Assert.ThatAsync(() => fixture.Runtime.StartAsync(fixture.Container, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(fixture.Spawner.Requests, Is.Empty);
    }

    [Test]
    public void Options_WithALimitOfZero_AreRefused() =>
        Assert.That(static () => new RuncTimeouts(new RuncRuntimeOptions { KillTimeout = TimeSpan.Zero }), Throws.TypeOf<ArgumentOutOfRangeException>());
}
