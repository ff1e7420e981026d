using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Linux;

internal sealed class ReactorTests
{
    private static readonly TimeSpan Bound = OsFixture.Bound;
    private Reactor _reactor = null!;

    [SetUp]
    public void Start() => _reactor = new Reactor(NullLogger.Instance);

    [TearDown]
    public void Stop() => _reactor.Dispose();

    [Test]
    public async Task Post_FromManyThreads_RunsEachActionOnceInOrder()
    {
        int[] last = [-1, -1, -1, -1];
        int disorder = 0;
        CountdownEvent left = new(4000);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                int number = i;
                _reactor.Post(() =>
                {
                    disorder += last[thread] == number - 1 ? 0 : 1;
                    last[thread] = number;
                    left.Signal();
                });
            }
        })));
        Assert.That(left.Wait(Bound), Is.True);
        Assert.That(disorder, Is.Zero);
    }

    [Test]
    public async Task Callback_ThatThrows_DoesNotEndTheLoop()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _reactor.Post(static () => throw new InvalidOperationException());
        _reactor.Post(done.SetResult);
        await done.Task.WaitAsync(Bound);
    }

    [Test]
    public async Task Registration_DisposedByAnEarlierEventOfTheBatch_IsNotCalled()
    {
        (SafeFd firstReader, SafeFd firstWriter) = Libc.Pipe();
        (SafeFd secondReader, SafeFd secondWriter) = Libc.Pipe();
        using SafeFd a = firstReader, b = firstWriter, c = secondReader, d = secondWriter;
        int calls = 0;
        IReactorRegistration? first = null, second = null;
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _reactor.Post(() =>
        {
            Libc.Write(firstWriter, "x"u8);
            Libc.Write(secondWriter, "x"u8);
            void End(PollEvents events)
            {
                calls++;
                first!.Dispose();
                second!.Dispose();
                _reactor.Post(() => _reactor.Post(done.SetResult));
            }

            first = _reactor.Register(firstReader, PollEvents.Readable, End);
            second = _reactor.Register(secondReader, PollEvents.Readable, End);
        });
        await done.Task.WaitAsync(Bound);
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task Interest_None_StopsCallsAlsoForAHangUp()
    {
        (SafeFd reader, SafeFd writer) = Libc.Pipe();
        using SafeFd a = reader;
        int calls = 0;
        TaskCompletionSource called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IReactorRegistration? registration = null;
        _reactor.Post(() => registration = _reactor.Register(reader, PollEvents.Readable, _ =>
        {
            calls++;
            registration!.Interest = PollEvents.None;
            called.TrySetResult();
        }));
        writer.Dispose();
        await called.Task.WaitAsync(Bound);
        await RoundTripsAsync(3);
        Assert.That(calls, Is.EqualTo(1));
        registration!.Interest = PollEvents.Readable;
        await OsFixture.UntilAsync(() => Volatile.Read(ref calls) == 2);
        registration.Dispose();
    }

    [Test]
    public async Task Time_Delays_EndInOrderAndNeverEarly()
    {
        List<int> order = [];
        long start = _reactor.Time.GetTimestamp();
        async Task DelayAsync(int milliseconds)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), _reactor.Time).ConfigureAwait(false);
            lock (order)
            {
                order.Add(milliseconds);
            }

            Assert.That(_reactor.Time.GetElapsedTime(start), Is.GreaterThanOrEqualTo(TimeSpan.FromMilliseconds(milliseconds)));
            Assert.That(_reactor.IsCurrent, Is.False, "a continuation ran on the reactor's thread");
        }

        await Task.WhenAll(DelayAsync(150), DelayAsync(10), DelayAsync(80)).WaitAsync(Bound);
        Assert.That(order, Is.EqualTo(new[] { 10, 80, 150 }));
    }

    [Test]
    public async Task Time_PeriodicTimer_FiresUntilDisposed()
    {
        int fired = 0;
        ITimer timer = _reactor.Time.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        await OsFixture.UntilAsync(() => Volatile.Read(ref fired) >= 5);
        await timer.DisposeAsync();
        await RoundTripsAsync(1);
        int before = Volatile.Read(ref fired);
        await Task.Delay(TimeSpan.FromMilliseconds(20), _reactor.Time);
        Assert.That(Volatile.Read(ref fired), Is.EqualTo(before));
        Assert.That(timer.Change(TimeSpan.Zero, TimeSpan.Zero), Is.False);
    }

    [Test]
    public async Task Timer_DisposedWhileItIsChanged_IsNeverDueAgain()
    {
        ReactorTimers timers = new(_reactor);
        for (int round = 0; round < 2000; round++)
        {
            ReactorTimer timer = new(timers, static _ => { }, null);
            using Barrier barrier = new(2);
            await Task.WhenAll(Run(() => timer.Change(TimeSpan.FromHours(1), TimeSpan.FromHours(1))), Run(timer.Dispose));

            Task Run(Action action) => Task.Run(() =>
            {
                barrier.SignalAndWait();
                action();
            });
        }

        Assert.That(timers.Count, Is.Zero);
    }

    [Test]
    public async Task Dispose_WhileSomebodyWaitsForATime_LetsItPass()
    {
        Task delay = Task.Delay(TimeSpan.FromMilliseconds(50), _reactor.Time);

        _reactor.Dispose();

        await delay.WaitAsync(OsFixture.Bound);
        await Task.Delay(TimeSpan.FromMilliseconds(1), _reactor.Time).WaitAsync(OsFixture.Bound);
    }

    [Test]
    public void Dispose_Always_ClosesItsDescriptors()
    {
        int before = OsFixture.CountDescriptors();
        for (int i = 0; i < 20; i++)
        {
            new Reactor(NullLogger.Instance).Dispose();
        }

        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
    }

    private async Task RoundTripsAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _reactor.Post(done.SetResult);
            await done.Task.WaitAsync(Bound);
        }
    }
}
