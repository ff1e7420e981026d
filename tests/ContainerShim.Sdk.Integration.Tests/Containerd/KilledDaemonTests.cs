using System.Collections.Concurrent;
using ContainerShim.Sdk.Integration.Tests.Harness;
using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.Integration.Tests.Containerd;

/// <summary>
/// containerd is killed in the middle of whatever it does, again and again, and started again. Its own shim is not run: it leaves
/// processes and cgroups then. Needs root, containerd and runc.
/// </summary>
[TestFixtureSource(typeof(ContainerdVersions), nameof(ContainerdVersions.All))]
public sealed class KilledDaemonTests(ContainerdVersion version)
{
    private const string Runtime = ContainerdVersions.DotnetRuntime;

    private const int Workers = 4;

    private const int Kills = 5;

    /// <summary>
    /// What runc's init ends with when the call that was to start the command was ended: with containerd goes the connection, and with
    /// that its calls, in containerd's own shim, too.
    /// </summary>
    private const int StartCutShort = 1;

    /// <summary>What a container that ends by itself ends with.</summary>
    private const int Status = 7;

    private ContainerdInstance _containerd = null!;

    /// <summary>Containers of which it is known that their start was answered.</summary>
    private readonly ConcurrentDictionary<string, bool> _started = new();

    private volatile bool _isOver;

    private Ctr Ctr => _containerd.Ctr;

    /// <summary>A shim whose containerd died before it asked for anything ends when it is idle, so that need not take the usual ten minutes.</summary>
    [SetUp]
    public async Task StartContainerd() => _containerd = await ContainerdInstance.StartAsync(
        version, environment: new Dictionary<string, string> { ["CONTAINERSHIM_IDLE_TIMEOUT"] = "3" });

    [TearDown]
    public async Task StopContainerd()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(_containerd.LogTail());
        }

        await _containerd.DisposeAsync();
    }

    [Test]
    public async Task Tasks_OfAContainerdThatIsKilledAgainAndAgain_AreInTrueStatesAndCanBeRemoved()
    {
        Task[] workers = [.. Enumerable.Range(0, Workers).Select(WorkAsync)];
        Random random = new(1);
        for (int i = 0; i < Kills; i++)
        {
            // While it starts, and while it works.
            await Task.Delay(random.Next(300, 1500));
            await _containerd.Kill9Async();
            await _containerd.RestartAsync();
        }

        _isOver = true;
        await Task.WhenAll(workers);

        IReadOnlyList<CtrTask> tasks = await Ctr.ListTasksAsync();
        foreach (CtrTask task in tasks)
        {
            await RemoveAsync(task.Id);
        }

        foreach (string id in await Ctr.ListContainersAsync())
        {
            (await Ctr.DeleteContainerAsync(id)).EnsureSuccess();
        }

        Assert.That(await Ctr.ListTasksAsync(), Is.Empty);
        await Eventually.ShowsAsync(Left, census => census.IsEmpty, $"nothing is left of {Ctr.Containers.Count()} containers");
    }

    /// <summary>
    /// But for bundles with a dot before the id: containerd renames a bundle so before it removes it, and one that was killed between the
    /// two leaves it for good.
    /// </summary>
    private Census Left()
    {
        Census census = Census.Take(_containerd, [.. Ctr.Containers]);
        return census with { Bundles = [.. census.Bundles.Where(bundle => !Path.GetFileName(bundle).StartsWith('.'))] };
    }

    /// <summary>Makes containers until it is over, whatever becomes of the calls.</summary>
    private async Task WorkAsync(int worker)
    {
        for (int i = 0; !_isOver; i++)
        {
            string id = $"w{worker}-{i}";
            switch (i % 3)
            {
                case 0:
                    await Ctr.TryRunDetachedAsync(Runtime, $"{id}-sleeps", "sleep", "1000");
                    await Ctr.ExecAsync($"{id}-sleeps", "exec", "sh", "-c", "exit 3");
                    await Ctr.KillAsync($"{id}-sleeps", "SIGKILL");
                    await Ctr.InvokeAsync("task", "delete", $"{id}-sleeps");
                    break;
                case 1:
                    await Ctr.RunAsync(Runtime, $"{id}-ends", "sh", "-c", $"exit {Status}");
                    break;
                default:
                    CommandResult run = await Ctr.TryRunDetachedAsync(Runtime, $"{id}-ends", "sh", "-c", $"exit {Status}");
                    _started[$"{id}-ends"] = run.ExitCode == 0;
                    break;
            }
        }
    }

    /// <summary>Checks that the state of a task is that of its process, and removes it.</summary>
    private async Task RemoveAsync(string id)
    {
        CtrTask? task = await Eventually.BecomesAsync(
            () => Ctr.FindTaskAsync(id), found => found is not null && ProcFs.IsAlive(found.Pid) == (found.Status is "RUNNING" or "CREATED"), $"the state of {id} is true");
        bool ended = task!.Status == "STOPPED";
        if (!ended)
        {
            (await Ctr.KillAsync(id, "SIGKILL")).EnsureSuccess();
            await Eventually.BecomesAsync(() => Ctr.FindTaskAsync(id), found => found?.Status == "STOPPED", $"{task} stops");
        }

        int status = await Ctr.DeleteTaskAsync(id);
        int[] expected = !ended || id.EndsWith("-sleeps", StringComparison.Ordinal) ? [137]
            : _started.GetValueOrDefault(id) ? [Status]
            : [Status, StartCutShort];
        Assert.That(expected, Does.Contain(status), $"{task} was deleted with {status}");
    }
}
