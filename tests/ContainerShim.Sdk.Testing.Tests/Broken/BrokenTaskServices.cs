using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Testing.Shims;
using static ContainerShim.Sdk.Testing.Tests.Broken.Defect;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>Task services with one defect each, and the check that must find it.</summary>
internal static class BrokenTaskServices
{
    public static IEnumerable<(string Check, string Defect, Action<BrokenTasks, InMemoryShim> Break)> All { get; } =
    [
        ("Lifecycle_CreateStartWaitDelete", "shows running for created", static (t, _) => t.State = async r =>
            await t.Right.StateAsync(r) is { Status: ContainerStatus.Created } state ? state with { Status = ContainerStatus.Running } : await t.Right.StateAsync(r)),
        ("Lifecycle_CreateStartWaitDelete", "starts as another pid", static (t, _) => t.Start = async r => new StartResult((await t.Right.StartAsync(r)).Pid + 1)),
        ("Create_IdInUse_IsAlreadyExists", "has another code", static (t, _) => t.Create = async r =>
            await CodeAsync(() => t.Right.CreateAsync(r), ShimErrorCode.AlreadyExists, ShimErrorCode.Unknown)),
        ("Create_IdThatIsNoId_IsInvalidArgument", "has another code", static (t, _) => t.Create = async r =>
            await CodeAsync(() => t.Right.CreateAsync(r), ShimErrorCode.InvalidArgument, ShimErrorCode.Internal)),
        ("Create_MissingBundle_IsRefusedAndFreesTheId", "keeps the id", static (t, _) =>
        {
            HashSet<string> used = [];
            t.Create = r => used.Add(r.Id) ? t.Right.CreateAsync(r) : throw ShimException.AlreadyExists(r.Id);
        }),
        ("Start_Twice_IsRefused", "starts again", static (t, _) => t.Start = async r =>
            await t.Right.StateAsync(new StateRequest(r.Id, r.ExecId)) is { Status: ContainerStatus.Running } state ? new StartResult(state.Pid) : await t.Right.StartAsync(r)),
        ("Delete_RunningTask_IsRefused", "kills first", static (t, _) => t.Delete = async r =>
        {
            if (await t.Right.StateAsync(new StateRequest(r.Id, r.ExecId)) is { Status: ContainerStatus.Running })
            {
                await t.Right.KillAsync(new KillRequest { Id = r.Id, ExecId = r.ExecId, Signal = 9 });
                await t.Right.WaitAsync(new WaitRequest(r.Id, r.ExecId));
            }

            return await t.Right.DeleteAsync(r);
        }),
        ("Delete_Twice_IsNotFound", "deletes twice", static (t, _) => t.Delete = async r =>
            await OrAsync(() => t.Right.DeleteAsync(r), ShimErrorCode.NotFound, new DeleteResult(0, 0, null))),
        ("Delete_CreatedTask_RemovesIt", "wants a start first", static (t, _) => t.Delete = async r =>
            await t.Right.StateAsync(new StateRequest(r.Id, r.ExecId)) is { Status: ContainerStatus.Created } ? throw ShimException.IllegalState("not started") : await t.Right.DeleteAsync(r)),
        ("Pause_ShowsPaused_ResumeShowsRunning", "only says so", static (t, _) => t.Pause = static _ => Task.CompletedTask),
        ("Unknown_Container_IsNotFoundEverywhere", "closes the input of nobody", static (t, _) => t.CloseIO = static _ => Task.CompletedTask),
        ("Shutdown_WithContainers_DoesNothing", "ends all", static (t, s) => t.Shutdown = _ =>
        {
            s.Host.EndAll();
            return Task.CompletedTask;
        }),
        ("Kill_RunningTask_EndsItWithTheSignal", "sends another signal", static (t, _) => t.Kill = r => t.Right.KillAsync(r with { Signal = r.Signal == 9 ? 15 : r.Signal })),
        ("Kill_EndedTask_IsNotFound", "kills the dead gladly", static (t, _) => t.Kill = async r =>
        {
            if (await t.Right.StateAsync(new StateRequest(r.Id, r.ExecId)) is not { Status: ContainerStatus.Stopped })
            {
                await t.Right.KillAsync(r);
            }
        }),
        ("Wait_SeveralWaiters_HaveOneAnswer", "has a time for each", static (t, _) => t.Wait = async (r, token) =>
            await t.Right.WaitAsync(r, token) with { ExitedAt = DateTimeOffset.UtcNow }),
        ("Wait_CancelledToken_EndsThatWaitAlone", "does not look at the token", static (t, _) => t.Wait = (r, _) => t.Right.WaitAsync(r)),
        ("Wait_CancelledToken_EndsThatWaitAlone", "kills what is waited for", static (t, s) => t.Wait = async (r, token) =>
        {
            // Not disposed with the wait, which the token may end before it comes to this.
            token.Register(() => s.Host.Process(r.Id).End(0));
            return await t.Right.WaitAsync(r, token);
        }),
        ("Exit_IsToldAlikeByWaitStateDeleteAndEvent", "tells another time at deletion", static (t, _) => t.Delete = async r =>
            await t.Right.DeleteAsync(r) with { ExitedAt = DateTimeOffset.UnixEpoch }),
        ("Output_GoesToTheFileItWasAskedFor", "connects nothing", static (t, _) => t.Create = r => t.Right.CreateAsync(r with { Stdio = StdioPaths.None })),
        ("Events_KeepTheirOrderAndAreComplete", "deletes without a word", static (t, _) => t.Delete = static r =>
            r.ExecId.Length == 0 ? Task.FromResult(new DeleteResult(1, 137, null)) : Task.FromResult(new DeleteResult(1, 3, null))),
        ("Exec_AddStartWaitDelete", "starts when added", static (t, _) => t.Exec = async r =>
        {
            await t.Right.ExecAsync(r);
            await t.Right.StartAsync(new StartRequest(r.Id, r.ExecId));
        }),
        ("Exec_IdInUse_IsAlreadyExists", "adds again", static (t, _) => t.Exec = r => OrAsync(() => t.Right.ExecAsync(r), ShimErrorCode.AlreadyExists)),
        ("Exec_Killed_EndsWithTheSignal", "kills the container", static (t, _) => t.Kill = r => t.Right.KillAsync(r with { ExecId = "", All = true })),
        ("Exec_OfAnEndedTask_IsRefused", "adds it gladly", static (t, _) => t.Exec = r => OrAsync(() => t.Right.ExecAsync(r), ShimErrorCode.Unknown)),
        ("Exec_EndsWithItsTask", "never answers who waits for one", static (t, _) => t.Wait = (r, token) =>
            r.ExecId.Length == 0 ? t.Right.WaitAsync(r, token) : new TaskCompletionSource<WaitResult>().Task),
        ("State_RepeatsTheRequest", "shows another bundle", static (t, _) => t.State = async r => await t.Right.StateAsync(r) with { Bundle = "/" }),
        ("Pids_TellWhichExecAProcessIs", "tells no exec id", static (t, _) => t.Pids = async r =>
            new PidsResult([.. (await t.Right.PidsAsync(r)).Processes.Select(static process => process with { ExecId = "" })])),
        ("Connect_TellsTheInitProcess_AndNeverFails", "fails for unknown containers", static (t, _) => t.Connect = async r =>
            await t.Right.ConnectAsync(r) is { TaskPid: 0 } ? throw ShimException.NotFound(r.Id) : await t.Right.ConnectAsync(r)),
        ("Stats_AreMetricsOrNotFound", "has metrics of its own", static (t, _) => t.Stats = static _ => Task.FromResult(new StatsResult(new TypedPayload("my.Metrics", default)))),
        ("CloseIO_AndResizePty_WithoutStreams_DoNothing", "wants an input", static (t, _) => t.CloseIO = static _ => throw ShimException.IllegalState("no input")),
        ("Update_ResourcesThatAreNoJson_AreRefused", "takes anything", static (t, _) => t.Update = static _ => Task.CompletedTask),
        ("Calls_ForOneContainer_DoNotWaitForAnother", "holds a lock while it waits", static (t, _) =>
        {
            SemaphoreSlim gate = new(1);
            t.Wait = async (r, token) => await GatedAsync(gate, () => t.Right.WaitAsync(r, token), token);
            t.State = async r => await GatedAsync(gate, () => t.Right.StateAsync(r), CancellationToken.None);
        }),
    ];
}
