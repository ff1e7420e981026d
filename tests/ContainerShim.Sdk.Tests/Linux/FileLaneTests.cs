using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Linux;

internal sealed class FileLaneTests
{
    [Test]
    public async Task Post_UnderALockThatAWaiterWantsToo_GoesOn()
    {
        FileLane lane = new(TimeProvider.System, NullLogger.Instance, OwnThread.Start);
        object shared = new();
        using ManualResetEventSlim asked = new(), go = new();
        lane.AddWaiter(() =>
        {
            asked.Set();
            lock (shared)
            {
                return true;
            }
        });
        lane.Post(go.Wait);

        // On a thread that may hang without hanging the test.
        Task<bool> posted = Task.Run(() =>
        {
            lock (shared)
            {
                go.Set();
                bool wasAsked = asked.Wait(OsFixture.Bound);
                lane.Post(static () => { });
                lane.Hurry();
                lane.AddWaiter(static () => true);
                return wasAsked;
            }
        });

        Assert.That(await posted.WaitAsync(OsFixture.Bound), Is.True);
    }

    [Test]
    public async Task AddWaiter_FromItsOwnAnswer_IsAskedAgain()
    {
        FileLane lane = new(TimeProvider.System, NullLogger.Instance, OwnThread.Start);
        TaskCompletionSource again = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int asked = 0;
        lane.AddWaiter(Ask);
        lane.Post(static () => { });
        lane.Post(static () => { });

        await again.Task.WaitAsync(OsFixture.Bound);

        bool Ask()
        {
            if (++asked == 1)
            {
                lane.AddWaiter(Ask);
                lane.Post(static () => { });
            }
            else
            {
                again.TrySetResult();
            }

            return true;
        }
    }

    [Test]
    public async Task Post_NoThreadToBeHad_WorksInOrderOnceThereIsOne()
    {
        FakeTimeProvider time = new();
        int failures = 3;
        FileLane lane = new(time, NullLogger.Instance, thread =>
        {
            if (failures-- > 0)
            {
                throw new OutOfMemoryException();
            }

            thread.UnsafeStart();
        });
        List<int> order = [];
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lane.Post(() => order.Add(1));
        lane.Post(() => order.Add(2));
        Assert.That(failures, Is.EqualTo(2), "a thread that cannot be had is not tried for with each piece of work");

        time.Advance(FileLane.ThreadRetry);
        time.Advance(FileLane.ThreadRetry);
        Assert.That((order.Count, failures), Is.EqualTo((0, 0)));
        time.Advance(FileLane.StallLimit);
        lane.Post(done.SetResult);

        await done.Task.WaitAsync(OsFixture.Bound);
        Assert.That(order, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void Post_NoThreadToBeHad_CountsAsAStalledDisk()
    {
        FakeTimeProvider time = new();
        FileLane lane = new(time, NullLogger.Instance, static _ => throw new OutOfMemoryException());
        lane.Post(static () => { });
        Assert.That(lane.IsStalled, Is.False);

        time.Advance(FileLane.StallLimit);

        Assert.That(lane.IsStalled, Is.True);
    }
}
