using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Simulation;

/// <summary>Clients that ask for anything at any time.</summary>
internal sealed class SimClients(EngineHarness engine, SimRandom random)
{
    private static readonly string[] _ids = ["c1", "c2"];
    private static readonly string[] _execIds = ["e1", "e2"];
    private static readonly byte[] _json = "{}"u8.ToArray();

    /// <summary>Those that are answered from memory.</summary>
    private static readonly HashSet<string> _immediate = ["State", "Exec", "CloseIO", "ResizePty", "Stats", "Connect", "Shutdown"];

    private readonly List<SimCall> _pending = [];
    private readonly List<(string Name, int Pid, int ExitCode, DateTimeOffset ExitedAt)> _answers = [];

    public IReadOnlyList<SimCall> Pending => _pending;

    /// <summary>What Start answered.</summary>
    public HashSet<int> Started { get; } = [];

    public List<string> Violations { get; } = [];

    /// <summary>Which operation has come to which end, as <c>Start ok</c> or <c>Start NotFound</c>.</summary>
    public HashSet<string> Outcomes { get; } = [];

    public string Ask()
    {
        string id = random.Of(_ids);
        Container? container = engine.Service.Containers.Find(id);
        string execId = container is not null && random.Chance(45) ? random.Of(_execIds) : "";
        return Ask(Operation(container, execId), id, execId);
    }

    public string Ask(string operation, string id, string execId = "")
    {
        CancellationTokenSource cancel = new();
        Container? container = engine.Service.Containers.Find(id);
        ManagedProcess? process = execId.Length == 0 ? container?.Init : container?.AllExecs().FirstOrDefault(exec => exec.Id == execId);
        Task answer = Send(operation, id, execId, cancel.Token);
        string name = $"{operation} {id}{(execId.Length > 0 ? "/" + execId : "")}";
        SimCall call = new(name, answer, cancel);
        _pending.Add(call);
        // A start that waits for its turn may make the exec anew in the same step.
        answer.ContinueWith(
            _ => call.Pid = process?.Pid ?? 0, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (_immediate.Contains(operation) && !answer.IsCompleted)
        {
            Violations.Add($"P11: {name} waits");
        }

        return name;
    }

    public string GiveUp()
    {
        SimCall call = random.Of(_pending);
        call.Cancel.Cancel();
        return call.Name;
    }

    /// <summary>Takes the answers that have come.</summary>
    public void Collect()
    {
        for (int i = _pending.Count - 1; i >= 0; i--)
        {
            if (_pending[i].Answer.IsCompleted)
            {
                Judge(_pending[i]);
                _pending[i].Cancel.Dispose();
                _pending.RemoveAt(i);
            }
        }
    }

    /// <summary>Compares what was answered with what was told by events.</summary>
    public void CheckAnswers()
    {
        foreach ((string name, int pid, int exitCode, DateTimeOffset exitedAt) in _answers)
        {
            engine.Rules.Answered(name, pid, exitCode, exitedAt);
        }

        engine.Rules.StartsSucceeded(Started);
    }

    /// <summary>What makes sense more often than what does not, so that schedules get somewhere.</summary>
    private string Operation(Container? container, string execId)
    {
        if (container is null)
        {
            return random.Next(20) switch { 0 => "State", 1 => "Delete", 2 => "Wait", 3 => random.Chance(5) ? "Shutdown" : "Connect", _ => "Create" };
        }

        ExecProcess? exec = container.AllExecs().FirstOrDefault(exec => exec.Id == execId);
        if (random.Chance(60) && Sensible(container.Init, exec, execId) is { } sensible)
        {
            return sensible;
        }

        if (execId.Length > 0)
        {
            return random.Next(20) switch
            {
                < 6 => "Exec",
                < 12 => "Start",
                < 14 => "Delete",
                14 or 15 => "Kill",
                16 => "Wait",
                17 => "State",
                18 => "ResizePty",
                _ => "CloseIO",
            };
        }

        return random.Next(30) switch
        {
            < 8 => "Start",
            < 12 => "Delete",
            < 14 => "Kill",
            14 or 15 => "Pause",
            16 or 17 or 18 => "Resume",
            19 => "Checkpoint",
            20 => "CheckpointExit",
            21 => "Update",
            22 or 23 => "Wait",
            24 => "State",
            25 => "Pids",
            26 => "Stats",
            27 => "Create",
            28 => "Connect",
            _ => random.Chance(50) ? "Shutdown" : "CloseIO",
        };
    }

    /// <summary>What a client that knows the state would ask for next.</summary>
    private string? Sensible(InitProcess init, ExecProcess? exec, string execId) => (init.State, exec?.State) switch
    {
        (ProcessState.Stopped, _) => random.Chance(20) ? "Delete" : null,
        (ProcessState.Created or ProcessState.CreatedFromCheckpoint, _) when execId.Length == 0 => "Start",
        (ProcessState.Paused, _) when execId.Length == 0 => random.Chance(30) ? "Resume" : null,
        (ProcessState.Running, null) when execId.Length > 0 => "Exec",
        (ProcessState.Running, ProcessState.Created) => "Start",
        (ProcessState.Running, ProcessState.Stopped) => "Delete",
        _ => null,
    };

    private Task Send(string operation, string id, string execId, CancellationToken token)
    {
        ShimTaskService service = engine.Service;
        return operation switch
        {
            "Create" => service.CreateAsync(Requests.Create(id) with { Checkpoint = random.Chance(12) ? "/image" : "" }, token),
            "Start" => service.StartAsync(new StartRequest(id, execId), token),
            "Delete" => service.DeleteAsync(new DeleteRequest(id, execId), token),
            "Exec" => service.ExecAsync(Requests.Exec(id, execId), token),
            "ResizePty" => service.ResizePtyAsync(new ResizePtyRequest { Id = id, ExecId = execId, Width = 80, Height = 25 }, token),
            "State" => service.StateAsync(new StateRequest(id, execId), token),
            "Pids" => service.PidsAsync(new PidsRequest(id), token),
            "Pause" => service.PauseAsync(new PauseRequest(id), token),
            "Resume" => service.ResumeAsync(new ResumeRequest(id), token),
            "Checkpoint" => service.CheckpointAsync(new CheckpointRequest(id, new RuntimeCheckpoint { ImagePath = "/image" }), token),
            "CheckpointExit" =>
                service.CheckpointAsync(new CheckpointRequest(id, new RuntimeCheckpoint { ImagePath = "/image", Exit = true }), token),
            "Kill" => service.KillAsync(new KillRequest { Id = id, ExecId = execId, Signal = random.Chance(70) ? 9 : 1, All = random.Chance(30) }, token),
            "Kill9" => service.KillAsync(new KillRequest { Id = id, ExecId = execId, Signal = 9, All = true }, token),
            "CloseIO" => service.CloseIOAsync(new CloseIORequest(id, execId), token),
            "Update" => service.UpdateAsync(new UpdateRequest(id, _json), token),
            "Wait" => service.WaitAsync(new WaitRequest(id, execId), token),
            "Stats" => service.StatsAsync(new StatsRequest(id), token),
            "Connect" => service.ConnectAsync(new ConnectRequest(id), token),
            "Shutdown" => service.ShutdownAsync(new ShutdownRequest(id), token),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
        };
    }

    private void Judge(SimCall call)
    {
        string operation = call.Name.Split(' ')[0];
        if (call.Answer.IsCanceled)
        {
            Outcomes.Add(operation + " Canceled");
            if (!call.Cancel.IsCancellationRequested)
            {
                Violations.Add($"P11: {call.Name} was cancelled, and not by its client");
            }
        }
        else if (call.Answer.Exception?.InnerException is { } failure)
        {
            Outcomes.Add($"{operation} {(failure as ShimException)?.Code}");
            if (failure is not ShimException)
            {
                Violations.Add($"{call.Name} failed with {failure.GetType().Name}: {failure.Message}");
            }
        }
        else
        {
            Outcomes.Add(operation + " ok");
            Take(call);
        }
    }

    private void Take(SimCall call)
    {
        switch (call.Answer)
        {
            case Task<StartResult> start:
                Started.Add(start.Result.Pid);
                break;
            case Task<DeleteResult> { Result: { ExitedAt: { } at } result }:
                _answers.Add((call.Name, result.Pid, result.ExitCode, at));
                break;
            case Task<StateResult> { Result: { ExitedAt: { } at } result }:
                _answers.Add((call.Name, result.Pid, result.ExitCode, at));
                break;
            case Task<WaitResult> { Result: { ExitedAt: { } at } result }:
                _answers.Add((call.Name, call.Pid, result.ExitCode, at));
                break;
            case Task<WaitResult> when call.Pid != 0 && !engine.Rules.ExecsMayOutlastInit:
                Violations.Add($"P6: {call.Name} has an answer without a time, and pid {call.Pid} ran");
                break;
        }
    }
}
