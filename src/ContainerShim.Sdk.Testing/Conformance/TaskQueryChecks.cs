using ContainerShim.Sdk.Tasks;
using static ContainerShim.Sdk.Testing.Conformance.TaskServiceConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a task service promises about the operations that only ask, and those that concern streams and limits.</summary>
internal static class TaskQueryChecks
{
    public static IReadOnlyList<ConformanceCheck<TaskServiceSubject>> All { get; } =
    [
        Check("State_RepeatsTheRequest", "State tells the id, the bundle and the streams as they were requested.", StateAsync),
        Check("Pids_TellWhichExecAProcessIs", "Pids lists init and execs, an exec with its id.", PidsAsync),
        Check("Connect_TellsTheInitProcess_AndNeverFails", "Connect answers with the pid of init, and with 0 for a container that is unknown.", ConnectAsync),
        Check("Stats_AreMetricsOrNotFound", "Stats carries containerd's cgroup metrics, or is NotFound where there is no cgroup.", StatsAsync),
        Check("CloseIO_AndResizePty_WithoutStreams_DoNothing", "Closing the input and setting a size succeed for a task without input or terminal: clients call them regardless.", StreamsAsync),
        Check("Update_ResourcesThatAreNoJson_AreRefused", "Update takes a JSON object, and refuses what is none.", UpdateAsync),
        Check("Calls_ForOneContainer_DoNotWaitForAnother", "State, Pids and Kill of a container are answered while others are waited for.", IndependentAsync),
    ];

    private static async Task StateAsync(TaskTrial trial)
    {
        CreateTaskRequest request = trial.Request(Workload.Runs);
        await trial.Tasks.CreateAsync(request, trial.Token).ConfigureAwait(false);
        StateResult state = await trial.StateAsync(request.Id).ConfigureAwait(false);
        await trial.DeleteAsync(request.Id).ConfigureAwait(false);
        Expect.Equal(request.Id, state.Id, "the id in the state");
        Expect.Equal(request.Bundle, state.Bundle, "the bundle in the state");
        Expect.Equal(request.Stdio, state.Stdio, "the streams in the state");
        Expect.That(state.ExitedAt is null, "the state of a created task tells when it ended");
    }

    private static async Task PidsAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        string execId = await trial.AddExecAsync(id, Workload.Runs).ConfigureAwait(false);
        int exec = (await trial.Tasks.StartAsync(new StartRequest(id, execId), trial.Token).ConfigureAwait(false)).Pid;
        int init = (await trial.StateAsync(id).ConfigureAwait(false)).Pid;
        IReadOnlyList<ContainerProcess> pids = (await trial.Tasks.PidsAsync(new PidsRequest(id), trial.Token).ConfigureAwait(false)).Processes;
        string list = string.Join(", ", pids);
        Expect.That(pids.Contains(new ContainerProcess(init)), $"PidsAsync lists {list}; expected {init} without an exec id");
        Expect.That(pids.Contains(new ContainerProcess(exec, execId)), $"PidsAsync lists {list}; expected {exec} with the exec id {execId}");
    }

    private static async Task ConnectAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        ConnectResult known = await trial.Tasks.ConnectAsync(new ConnectRequest(id), trial.Token).ConfigureAwait(false);
        Expect.Equal((await trial.StateAsync(id).ConfigureAwait(false)).Pid, known.TaskPid, "TaskPid");
        Expect.That(known.ShimPid > 0, $"ShimPid is {known.ShimPid}");
        ConnectResult unknown = await trial.Tasks.ConnectAsync(new ConnectRequest(RuntimeTrial.NewId()), trial.Token).ConfigureAwait(false);
        Expect.Equal(0, unknown.TaskPid, "TaskPid for an unknown container");
    }

    private static async Task StatsAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        try
        {
            TypedPayload metrics = (await trial.Tasks.StatsAsync(new StatsRequest(id), trial.Token).ConfigureAwait(false)).Metrics;
            Expect.That(
                metrics.TypeUrl is Protocol.TypeUrls.CgroupsV1Metrics or Protocol.TypeUrls.CgroupsV2Metrics, $"StatsAsync answers with {metrics.TypeUrl}");
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // A container without a cgroup of its own.
        }
    }

    private static async Task StreamsAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await trial.Tasks.CloseIOAsync(new CloseIORequest(id), trial.Token).ConfigureAwait(false);
        await trial.Tasks.ResizePtyAsync(new ResizePtyRequest { Id = id, Width = 80, Height = 25 }, trial.Token).ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Running, "after CloseIOAsync and ResizePtyAsync").ConfigureAwait(false);
    }

    private static async Task UpdateAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await trial.RefusedAsync(
            () => trial.Tasks.UpdateAsync(new UpdateRequest(id, "no json"u8.ToArray()), trial.Token), "UpdateAsync with resources that are no JSON").ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Running, "after an UpdateAsync that was refused").ConfigureAwait(false);
    }

    private static async Task IndependentAsync(TaskTrial trial)
    {
        string waited = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        string other = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        Task<WaitResult> wait = trial.Tasks.WaitAsync(new WaitRequest(waited), trial.Token);
        await Expect.EndsAsync(trial.StateAsync(other), trial.Subject, "the answer of StateAsync").ConfigureAwait(false);
        await Expect.EndsAsync(trial.Tasks.PidsAsync(new PidsRequest(other), trial.Token), trial.Subject, "the answer of PidsAsync").ConfigureAwait(false);
        await Expect.EndsAsync(trial.KillAsync(other), trial.Subject, "the answer of KillAsync").ConfigureAwait(false);
        await trial.EndAsync(other).ConfigureAwait(false);
        await Expect.StaysAsync(wait, trial.Subject, "the end of one container answered the wait for another").ConfigureAwait(false);
    }
}
