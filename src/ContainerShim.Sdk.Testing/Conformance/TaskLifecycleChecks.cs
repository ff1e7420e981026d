using ContainerShim.Sdk.Tasks;
using static ContainerShim.Sdk.Testing.Conformance.TaskServiceConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a task service promises about the life of a container.</summary>
internal static class TaskLifecycleChecks
{
    private static readonly string[] _badIds = ["", "../up", "a/b", "a b", new('x', 77)];

    public static IReadOnlyList<ConformanceCheck<TaskServiceSubject>> All { get; } =
    [
        Check("Lifecycle_CreateStartWaitDelete", "A container is created, running and stopped in turn, and unknown after its deletion.", LifecycleAsync),
        Check("Create_IdInUse_IsAlreadyExists", "An id is one container's until that is deleted.", InUseAsync),
        Check(
            "Create_IdThatIsNoId_IsInvalidArgument",
            "Ids name files and cgroups: what is not letters, digits and inner ._- is refused before anything is done with it.",
            BadIdAsync),
        Check(
            "Create_MissingBundle_IsRefusedAndFreesTheId",
            "A creation that fails leaves nothing: the container is unknown and its id can be used.",
            NoBundleAsync),
        Check("Start_Twice_IsRefused", "A task starts once.", StartTwiceAsync),
        Check("Delete_RunningTask_IsRefused", "A running task is not deleted, and runs on.", DeleteRunningAsync),
        Check("Delete_Twice_IsNotFound", "The second deletion of a task is NotFound, which clients take as done.", DeleteTwiceAsync),
        Check("Delete_CreatedTask_RemovesIt", "A task that was never started can be deleted.", DeleteCreatedAsync),
        Check("Pause_ShowsPaused_ResumeShowsRunning", "Pause and resume are seen in the state, or are refused with Unimplemented.", PauseAsync),
        Check(
            "Unknown_Container_IsNotFoundEverywhere",
            "Every operation but Connect and Shutdown fails with NotFound for a container it does not know.",
            UnknownAsync),
        Check("Shutdown_WithContainers_DoesNothing", "A shim that has containers is not ended.", ShutdownAsync),
    ];

    private static async Task LifecycleAsync(TaskTrial trial)
    {
        string id = await trial.CreateAsync(Workload.Exits(7)).ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Created, "after CreateAsync").ConfigureAwait(false);
        int created = (await trial.StateAsync(id).ConfigureAwait(false)).Pid;
        StartResult started = await trial.Tasks.StartAsync(new StartRequest(id), trial.Token).ConfigureAwait(false);
        Expect.Equal(created, started.Pid, "the pid that StartAsync returned, against that of StateAsync");
        Expect.Equal(7, (await trial.EndAsync(id).ConfigureAwait(false)).ExitCode, "the status of `exit 7`");
        await trial.ShowsAsync(id, ContainerStatus.Stopped, "after the end").ConfigureAwait(false);
        Expect.Equal(7, (await trial.DeleteAsync(id).ConfigureAwait(false)).ExitCode, "the status that DeleteAsync returned");
        await trial.RefusedAsync(() => trial.StateAsync(id), "StateAsync after DeleteAsync", ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static async Task InUseAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        CreateTaskRequest again = trial.Subject.MakeRequest(id, Workload.Runs);
        await trial.RefusedAsync(
            () => trial.Tasks.CreateAsync(again, trial.Token), "CreateAsync with an id that is in use", ShimErrorCode.AlreadyExists).ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Running, "after a CreateAsync with its id").ConfigureAwait(false);
    }

    private static async Task BadIdAsync(TaskTrial trial)
    {
        foreach (string id in _badIds)
        {
            CreateTaskRequest request = trial.Request(Workload.Runs) with { Id = id };
            await trial.RefusedAsync(
                () => trial.Tasks.CreateAsync(request, trial.Token), $"CreateAsync with the id \"{id}\"", ShimErrorCode.InvalidArgument).ConfigureAwait(false);
        }
    }

    private static async Task NoBundleAsync(TaskTrial trial)
    {
        CreateTaskRequest request = trial.Request(Workload.Exits(0));
        string id = request.Id;
        await trial.RefusedAsync(
            () => trial.Tasks.CreateAsync(request with { Bundle = request.Bundle + "-missing" }, trial.Token),
            "CreateAsync with a missing bundle").ConfigureAwait(false);
        await trial.RefusedAsync(() => trial.StateAsync(id), "StateAsync after a CreateAsync that failed", ShimErrorCode.NotFound).ConfigureAwait(false);
        await trial.Tasks.CreateAsync(request, trial.Token).ConfigureAwait(false);
        await trial.DeleteAsync(id).ConfigureAwait(false);
    }

    private static async Task StartTwiceAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await trial.RefusedAsync(() => trial.Tasks.StartAsync(new StartRequest(id), trial.Token), "the second StartAsync").ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Running, "after the second StartAsync").ConfigureAwait(false);
    }

    private static async Task DeleteRunningAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await trial.RefusedAsync(() => trial.DeleteAsync(id), "DeleteAsync of a running task").ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Running, "after DeleteAsync was refused").ConfigureAwait(false);
    }

    private static async Task DeleteTwiceAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Exits(0)).ConfigureAwait(false);
        await trial.EndAsync(id).ConfigureAwait(false);
        await trial.DeleteAsync(id).ConfigureAwait(false);
        await trial.RefusedAsync(() => trial.DeleteAsync(id), "the second DeleteAsync", ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static async Task DeleteCreatedAsync(TaskTrial trial)
    {
        string id = await trial.CreateAsync(Workload.Runs).ConfigureAwait(false);
        await trial.DeleteAsync(id).ConfigureAwait(false);
        await trial.RefusedAsync(() => trial.StateAsync(id), "StateAsync after DeleteAsync", ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static async Task PauseAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await Expect.ImplementedAsync(() => trial.Tasks.PauseAsync(new PauseRequest(id), trial.Token), "PauseAsync").ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Paused, "after PauseAsync").ConfigureAwait(false);
        await trial.Tasks.ResumeAsync(new ResumeRequest(id), trial.Token).ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Running, "after ResumeAsync").ConfigureAwait(false);
    }

    private static async Task UnknownAsync(TaskTrial trial)
    {
        string id = RuntimeTrial.NewId();
        (string Name, Func<Task> Call)[] calls =
        [
            ("StartAsync", () => trial.Tasks.StartAsync(new StartRequest(id), trial.Token)),
            ("DeleteAsync", () => trial.Tasks.DeleteAsync(new DeleteRequest(id), trial.Token)),
            ("ExecAsync", () => trial.AddExecAsync(id, Workload.Runs)),
            ("ResizePtyAsync", () => trial.Tasks.ResizePtyAsync(new ResizePtyRequest { Id = id, Width = 80, Height = 25 }, trial.Token)),
            ("StateAsync", () => trial.StateAsync(id)),
            ("PidsAsync", () => trial.Tasks.PidsAsync(new PidsRequest(id), trial.Token)),
            ("PauseAsync", () => trial.Tasks.PauseAsync(new PauseRequest(id), trial.Token)),
            ("ResumeAsync", () => trial.Tasks.ResumeAsync(new ResumeRequest(id), trial.Token)),
            ("KillAsync", () => trial.KillAsync(id)),
            ("CloseIOAsync", () => trial.Tasks.CloseIOAsync(new CloseIORequest(id), trial.Token)),
            ("UpdateAsync", () => trial.Tasks.UpdateAsync(new UpdateRequest(id, "{}"u8.ToArray()), trial.Token)),
            ("WaitAsync", () => trial.Tasks.WaitAsync(new WaitRequest(id), trial.Token)),
            ("StatsAsync", () => trial.Tasks.StatsAsync(new StatsRequest(id), trial.Token)),
        ];
        foreach ((string name, Func<Task> call) in calls)
        {
            await trial.RefusedAsync(call, $"{name} of an unknown container", ShimErrorCode.NotFound).ConfigureAwait(false);
        }
    }

    private static async Task ShutdownAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        Task<WaitResult> wait = trial.Tasks.WaitAsync(new WaitRequest(id), trial.Token);
        await trial.Tasks.ShutdownAsync(new ShutdownRequest(id), trial.Token).ConfigureAwait(false);
        await Expect.StaysAsync(wait, trial.Subject, "ShutdownAsync ended a container").ConfigureAwait(false);
        string second = await trial.CreateAsync(Workload.Runs).ConfigureAwait(false);
        await trial.ShowsAsync(second, ContainerStatus.Created, "of a container that was created after ShutdownAsync").ConfigureAwait(false);
    }
}
