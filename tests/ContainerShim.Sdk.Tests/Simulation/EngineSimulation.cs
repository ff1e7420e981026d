using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Simulation;

/// <summary>
/// One schedule: the real engine, clients, a kernel, a runtime and a receiver of events, interleaved by one generator on one thread.
/// Then everything is healed and must come to rest with nothing lost and nothing left.
/// </summary>
internal sealed class EngineSimulation
{
    private const int MostSteps = 130;

    private static readonly int[] _pauses = [1, 25, 100, 500, 1000, 2500, 5000, 11000];

    private readonly SimRandom _random;
    private readonly SimFaults _faults;
    private readonly SimClients _clients;
    private readonly EngineHarness _engine = new();
    private readonly List<string> _trace = [];
    private readonly List<string> _violations = [];
    private readonly bool _somethingIsUnkillable;

    public EngineSimulation(ulong seed)
    {
        Seed = seed;
        _random = new SimRandom(seed);
        _somethingIsUnkillable = _random.Chance(20);
        _faults = new SimFaults(_random, _somethingIsUnkillable);
        _clients = new SimClients(_engine, _random);
        _engine.Rules.ExecsMayOutlastInit = _somethingIsUnkillable;
        _engine.Kernel.TearsDownNamespaces = true;
        _engine.Calls.Otherwise = _faults.Plan;
        _engine.Publisher.OnDelivered += envelope => _trace.Add($"    {envelope.Sequence} {EngineHarness.Describe(envelope.Event)}");
        if (_random.Chance(50))
        {
            _engine.Bundles.SharePidNamespace("/bundles/c1");
            _engine.Kernel.SharePidNamespace("c1");
        }
    }

    public ulong Seed { get; }

    public IReadOnlyList<string> Trace => _trace;

    public IReadOnlySet<string> Outcomes => _clients.Outcomes;

    /// <summary>Runs the schedule and returns what was wrong.</summary>
    public IReadOnlyList<string> Run()
    {
        int steps = 10 + _random.Next(MostSteps);
        for (int i = 0; i < steps && NothingIsWrong(); i++)
        {
            Step();
            _clients.Collect();
        }

        if (NothingIsWrong())
        {
            Heal();
            CheckQuiet();
            TearDown();
        }

        return [.. _engine.Rules.Violations, .. _clients.Violations, .. _violations];
    }

    public override string ToString() =>
        $"seed {Seed}\n{string.Join('\n', _trace)}\n{string.Join('\n', [.. _engine.Rules.Violations, .. _clients.Violations, .. _violations])}";

    private bool NothingIsWrong() => _engine.Rules.Violations.Count + _clients.Violations.Count + _violations.Count == 0;

    private void Step()
    {
        IReadOnlyList<FakeProcess> alive = _engine.Kernel.Alive();
        switch (_random.Next(100))
        {
            case < 52:
                Act("ask", _clients.Ask);
                break;
            case < 66 when _engine.Calls.Held.Count > 0:
                EndHeldCall();
                break;
            case < 73 when _clients.Pending.Count > 0:
                Act("give up", _clients.GiveUp);
                break;
            case < 84 when alive.Count > 0:
                EndProcess(_random.Of(alive));
                break;
            case < 92:
                TimeSpan time = TimeSpan.FromMilliseconds(_random.Of(_pauses));
                Act($"after {time.TotalMilliseconds} ms", () => _engine.After(time));
                break;
            case < 95:
                Act("receiver", _faults.ChangePublisher);
                break;
            case < 97 when alive.Count > 0:
                FakeProcess victim = _random.Of(alive);
                Act($"oom {victim.ContainerId}", () =>
                {
                    _engine.Cgroups.OomKill(victim.ContainerId, tell: _random.Chance(50));
                    _engine.Kernel.Exit(victim.Pid, 137);
                });
                break;
            case < 98 when alive.Count > 0 && _somethingIsUnkillable:
                FakeProcess stuck = _random.Of(alive);
                Act($"stuck {stuck.Pid}", () => stuck.IsStuck = !stuck.IsStuck);
                break;
        }
    }

    private void EndProcess(FakeProcess process)
    {
        int code = _random.Next(256);
        if (process.IsInit && _engine.Kernel.IsFrozen(process.ContainerId) && _random.Chance(50))
        {
            Act($"dies frozen {process.Pid} 137", () => _engine.Kernel.DieFrozen(process.Pid, 137));
            return;
        }

        Act($"exits {process.Pid} {code}", () => _engine.Kernel.Exit(process.Pid, code));
    }

    private void EndHeldCall()
    {
        HeldCall call = _random.Of(_engine.Calls.Held);
        if (_random.Chance(70))
        {
            Act($"return {call}", call.Release);
        }
        else
        {
            Act($"fail {call}", () => call.Fail(ShimException.Unknown("simulated late failure")));
        }
    }

    private void Act(string what, Action action)
    {
        _trace.Add(what);
        action();
    }

    private void Act(string what, Func<string> action)
    {
        int position = _trace.Count;
        string more = action();
        _trace.Insert(position, $"{what} {more}");
    }

    /// <summary>From here on everything works, and what hung comes back.</summary>
    private void Heal()
    {
        _trace.Add("heal");
        _faults.Heal();
        for (int i = 0; i < 100 && _engine.Calls.Held.Count > 0; i++)
        {
            EndHeldCall();
        }

        foreach (FakeProcess process in _engine.Kernel.Alive())
        {
            _engine.Kernel.Unstick(process);
        }

        Pass(TimeSpan.FromSeconds(30));
    }

    private void CheckQuiet()
    {
        foreach (SimCall call in _clients.Pending.Where(call => !call.IsWait))
        {
            _violations.Add($"P11: {call.Name} has no answer though nothing hangs");
        }

        if (_engine.Log.Pending > 0)
        {
            _violations.Add($"P5: {_engine.Log.Pending} events are not delivered");
        }

        foreach (Container container in _engine.Service.Containers.All())
        {
            CheckQuiet(container);
        }

        foreach (FakeProcess process in _engine.Kernel.Processes.Where(process => process.Exit is not null))
        {
            _engine.Rules.Died(process.Pid, process.Exit!.ExitCode);
        }

        _clients.CheckAnswers();
    }

    /// <summary>What the engine believes must be the case.</summary>
    private void CheckQuiet(Container container)
    {
        ProcessState state = container.Init.State;
        // Without its cgroup nobody can tell.
        if (container.Cgroup is not null
            && state is ProcessState.Running or ProcessState.Paused
            && _engine.Kernel.IsFrozen(container.Id) != (state == ProcessState.Paused))
        {
            _violations.Add($"{container.Id} is said to be {state} and is {(state == ProcessState.Paused ? "not " : "")}frozen");
        }

        if (state == ProcessState.CreatedFromCheckpoint && !_faults.DeletesMayHaveFailed && _engine.Kernel.Alive(container.Id).Count > 0)
        {
            _violations.Add($"P10: {container.Id} has a process left from a restore that failed");
        }
    }

    /// <summary>Deletes what there is, as a client would.</summary>
    private void TearDown()
    {
        foreach (Container container in _engine.Service.Containers.All())
        {
            _trace.Add(_clients.Ask("Kill9", container.Id));
            Pass(TimeSpan.FromSeconds(15));
            _trace.Add(_clients.Ask("Delete", container.Id));
            Pass(TimeSpan.FromSeconds(1));
        }

        if (!_engine.Service.Containers.TryClose())
        {
            _violations.Add("a container cannot be deleted");
            return;
        }

        _violations.AddRange(_clients.Pending.Select(call => $"P11: {call.Name} has no answer though its container is gone"));
        _violations.AddRange(_engine.Leftovers().Where(left => !(_faults.MountsMayBeLeft && left.EndsWith("mounts", StringComparison.Ordinal)))
            .Select(left => "P10: left are " + left));
        if (!_somethingIsUnkillable)
        {
            _violations.AddRange(_engine.Kernel.Alive().Where(process => !process.IsInit).Select(process => $"P10: pid {process.Pid} is left"));
        }
    }

    private void Pass(TimeSpan time)
    {
        for (TimeSpan step = TimeSpan.FromMilliseconds(250); time > TimeSpan.Zero; time -= step)
        {
            _engine.Time.Advance(step);
        }

        _clients.Collect();
    }
}
