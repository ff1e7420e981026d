using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Testing.InMemory;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>Runtimes with one defect each, and the check that must find it.</summary>
internal static class BrokenRuntimes
{
    private const int SigKill = 9;

    public static IEnumerable<(string Check, string Defect, Action<BrokenRuntime, InMemoryHost> Break)> All { get; } =
    [
        ("Create_ReturnsTheWaitingInitProcess", "starts at once", static (r, _) =>
            (r.Create, r.Start) = (async (c, s, t) =>
            {
                int pid = await r.Right.CreateAsync(c, s, t);
                await r.Right.StartAsync(c, t);
                return pid;
            }, static _ => Task.CompletedTask)),
        ("Create_ReturnsTheWaitingInitProcess", "returns no pid", static (r, _) => r.Create = async (c, s, t) => await r.Right.CreateAsync(c, s, t) * 0),
        ("Create_IdInUse_IsRefused", "replaces the container", static (r, _) => r.Create = async (c, s, t) =>
        {
            if (r.Right.Containers.Contains(c.Id))
            {
                await r.Right.DeleteAsync(c, force: true, t);
            }

            return await r.Right.CreateAsync(c, s, t);
        }),
        ("Create_WithoutConfiguration_IsRefusedAndLeavesNothing", "throws what it got", static (r, _) => r.Create = (c, s, t) =>
            File.Exists(Path.Join(c.Bundle, "config.json")) ? r.Right.CreateAsync(c, s, t) : throw new FileNotFoundException("config.json")),
        ("Create_WithoutConfiguration_IsRefusedAndLeavesNothing", "remembers what failed", static (r, _) =>
            r.State = async c => File.Exists(Path.Join(c.Bundle, "config.json")) ? await r.Right.StateAsync(c) : new RuntimeState("creating", 0)),
        ("Create_CancelledBefore_MakesNothing", "does not look at its token", static (r, _) => r.Create = (c, s, _) => r.Right.CreateAsync(c, s)),
        ("Create_LeavesTheHandlesOpen", "closes the output", static (r, _) => r.Create = async (c, s, t) =>
        {
            int pid = await r.Right.CreateAsync(c, s, t);
            s.Stdout?.Dispose();
            return pid;
        }),
        ("Start_RunsTheCommand_ItsStatusIsExact", "loses the status", static (_, h) =>
            h.Runtime.Script = Replace(static s => s with { ExitCode = s.ExitCode is null ? null : 0 })),
        ("Start_RunsTheCommand_ItsOutputArrives", "loses the output", static (r, _) => r.Create = (c, _, t) => r.Right.CreateAsync(c, RuntimeStdio.None, t)),
        ("Start_RunsTheCommand_ItsOutputArrives", "prints more", static (_, h) =>
            h.Runtime.Script = Replace(static s => s with { Output = s.Output + "more\n" })),
        ("Start_UnknownContainer_IsRefused", "starts nothing gladly", static (r, _) => r.Start = c => Known(r, c) ? r.Right.StartAsync(c) : Task.CompletedTask),
        ("Start_Twice_IsRefused", "starts again", static (r, _) => r.Start = async c =>
        {
            if ((await r.Right.StateAsync(c)).Status == "created")
            {
                await r.Right.StartAsync(c);
            }
        }),
        ("Start_SeveralAtOnce_EachKeepsItsStatus", "mixes containers up", static (r, h) =>
        {
            int calls = 0;
            h.Runtime.Script = start => ProcessScript.Interpret(start) with { ExitCode = Interlocked.Increment(ref calls) + 9 };
        }),
        ("Kill_RunningContainer_EndsItWithTheSignal", "sends another signal", static (r, _) =>
            r.Kill = (c, s, a) => r.Right.KillAsync(c, s == SigKill ? 15 : s, a)),
        ("Kill_RunningContainer_EndsItWithTheSignal", "sends none", static (r, _) => r.Kill = static (_, _, _) => Task.CompletedTask),
        ("Kill_Signal_ReachesTheCommandItself", "makes every signal SIGKILL", static (r, _) => r.Kill = (c, _, a) => r.Right.KillAsync(c, SigKill, a)),
        ("Kill_CreatedContainer_EndsIt", "kills only what runs", static (r, _) => r.Kill = async (c, s, a) =>
        {
            if ((await r.Right.StateAsync(c)).Status != "created")
            {
                await r.Right.KillAsync(c, s, a);
            }
        }),
        ("Kill_EndedProcess_IsNotFound", "kills the dead gladly", static (r, _) => r.Kill = (c, s, a) =>
            Known(r, c) && !Alive(r, c) ? Task.CompletedTask : r.Right.KillAsync(c, s, a)),
        ("Kill_EndedProcess_IsNotFound", "has another code", static (r, _) => r.Kill = (c, s, a) =>
            Known(r, c) && !Alive(r, c) ? throw ShimException.Unknown("os: process already finished") : r.Right.KillAsync(c, s, a)),
        ("Kill_UnknownContainer_IsNotFound", "kills nobody gladly", static (r, _) =>
            r.Kill = (c, s, a) => Known(r, c) ? r.Right.KillAsync(c, s, a) : Task.CompletedTask),
        ("Kill_All_EndsExecsToo", "kills init alone", static (r, h) => (r.Exec, r.Kill) = (
            async (c, e) => (await StrayAsync(h, e)).Pid, (c, s, _) => r.Right.KillAsync(c, s, all: false))),
        ("Kill_InitOfAPidNamespace_EndsExecsToo", "leaves execs to run on", static (r, h) => r.Exec = async (c, e) => (await StrayAsync(h, e)).Pid),
        ("Kill_Signal_ReachesTheCommandItself", "has no /dev/null", static (r, h) => r.Kill = (c, s, a) =>
        {
            if (s != SigKill)
            {
                h.Process(c.Id).End(0);
            }

            return r.Right.KillAsync(c, s, a);
        }),
        ("Pause_StopsTheProcesses_ResumeLetsThemGoOn", "only says so", static (r, _) => r.Pause = static _ => Task.CompletedTask),
        ("Exec_RunsTheCommand_ItsStatusIsExact", "returns init's pid", static (r, h) => r.Exec = async (c, e) =>
        {
            await r.Right.ExecAsync(c, e);
            return h.Process(c.Id).Pid;
        }),
        ("Exec_ThatEndsAtOnce_KeepsItsStatus", "collects what ends", static (r, h) => r.Exec = async (c, e) =>
        {
            int pid = await r.Right.ExecAsync(c, e);
            h.Monitor.Watch(pid);
            return pid;
        }),
        ("Exec_RunsTheCommand_ItsOutputArrives", "loses the output", static (r, _) =>
            r.Exec = (c, e) => r.Right.ExecAsync(c, e with { Stdio = RuntimeStdio.None })),
        ("Exec_InAStoppedContainer_IsRefused", "runs it outside", static (r, h) => r.Exec = async (c, e) =>
            Alive(r, c) ? await r.Right.ExecAsync(c, e) : h.Run(ProcessScript.Exits(0)).Pid),
        ("Delete_RunningContainer_IsRefused", "always forces", static (r, _) => r.Delete = (c, _) => r.Right.DeleteAsync(c, force: true)),
        ("Delete_WithForce_EndsARunningContainer", "forgets and lets live", static (r, h) =>
        {
            HashSet<string> forgotten = [];
            (r.Delete, r.State) = (
                (c, f) => f && Alive(r, c) ? Task.FromResult(forgotten.Add(c.Id)) : r.Right.DeleteAsync(c, f),
                c => forgotten.Contains(c.Id) ? throw ShimException.NotFound("container") : r.Right.StateAsync(c));
        }),
        ("Delete_StoppedContainer_IsGoneThen", "keeps it", static (r, _) => r.Delete = static (_, _) => Task.CompletedTask),
        ("Delete_StoppedContainer_IsGoneThen", "deletes twice", static (r, _) =>
            r.Delete = (c, f) => Known(r, c) ? r.Right.DeleteAsync(c, f) : Task.CompletedTask),
        ("Delete_UnknownContainer_IsNotFound", "is content", static (r, _) =>
            r.Delete = (c, f) => Known(r, c) ? r.Right.DeleteAsync(c, f) : Task.CompletedTask),
        ("Delete_UnknownContainer_IsNotFound", "has another code with force", static (r, _) => r.Delete = (c, f) =>
            f && !Known(r, c) ? throw ShimException.Unknown("no such container") : r.Right.DeleteAsync(c, f)),
        ("Delete_FreesTheId", "never gives an id again", static (r, _) =>
        {
            HashSet<string> used = [];
            r.Create = (c, s, t) => used.Add(c.Id) ? r.Right.CreateAsync(c, s, t) : throw ShimException.Unknown("the id was used");
        }),
        ("State_TellsTheStatusThroughALife", "says running for created", static (r, _) => r.State = async c =>
            await r.Right.StateAsync(c) is { Status: "created" } state ? state with { Status = "running" } : await r.Right.StateAsync(c)),
        ("State_TellsTheStatusThroughALife", "tells no pid", static (r, _) => r.State = async c => await r.Right.StateAsync(c) with { Pid = 0 }),
        ("State_UnknownContainer_IsNotFound", "says stopped", static (r, _) =>
            r.State = async c => Known(r, c) ? await r.Right.StateAsync(c) : new RuntimeState("stopped", 0)),
        ("Pids_ListInitAndExecs", "lists init alone", static (r, h) => r.Pids = c => Task.FromResult<IReadOnlyList<int>>([h.Process(c.Id).Pid])),
        ("Pids_ListInitAndExecs", "lists some twice", static (r, _) => r.Pids = async c => [.. await r.Right.PidsAsync(c), .. await r.Right.PidsAsync(c)]),
        ("Update_EmptyResources_SucceedsOrIsUnimplemented", "throws what it likes", static (r, _) => r.Update = static _ => throw new NotSupportedException()),
        ("Describe_Answers", "cannot", static (r, _) => r.Describe = static () => throw new NotSupportedException()),
    ];

    private static Func<ProcessStart, ProcessScript> Replace(Func<ProcessScript, ProcessScript> change) => start => change(ProcessScript.Interpret(start));

    private static bool Known(BrokenRuntime runtime, RuntimeContainer container) => runtime.Right.Containers.Contains(container.Id);

    private static bool Alive(BrokenRuntime runtime, RuntimeContainer container) => runtime.InitOf(container) is { IsAlive: true };

    /// <summary>An exec that does not end with its container.</summary>
    private static Task<InMemoryProcess> StrayAsync(InMemoryHost host, RuntimeExec exec) => Task.FromResult(host.Run(ProcessScript.Runs));
}
