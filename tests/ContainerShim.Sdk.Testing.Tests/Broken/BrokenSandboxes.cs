using ContainerShim.Sdk.Sandboxes;
using ContainerShim.Sdk.Testing.InMemory;
using static ContainerShim.Sdk.Testing.Tests.Broken.Defect;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>Sandbox services with one defect each, and the one check that must find it.</summary>
internal static class BrokenSandboxes
{
    public static IEnumerable<(string Check, string Defect, Action<BrokenSandbox, InMemoryHost> Break)> All { get; } =
    [
        ("Create_MakesItKnown_AndRunsNothing", "is ready at once", static (s, _) => s.Status = async r =>
            await s.Right.GetStatusAsync(r) is { CreatedAt: null, ExitedAt: null } status ? status with { IsReady = true } : await s.Right.GetStatusAsync(r)),
        ("Create_MakesItKnown_AndRunsNothing", "takes the creation for the start", static (s, h) => s.Status = async r =>
            await s.Right.GetStatusAsync(r) is { CreatedAt: null, ExitedAt: null } status ? status with { CreatedAt = h.Time.GetUtcNow() } : await s.Right.GetStatusAsync(r)),
        ("Create_WhileThereIsOne_IsAlreadyExists", "is content", static (s, _) => s.Create = r => OrAsync(() => s.Right.CreateAsync(r), ShimErrorCode.AlreadyExists)),
        ("Create_WhileThereIsOne_IsAlreadyExists", "replaces it", static (s, h) => s.Create = r =>
        {
            if (s.Right.Request is not null)
            {
                s.Right = new InMemorySandbox(h);
            }

            return s.Right.CreateAsync(r);
        }),
        ("Start_ReturnsAProcess_AndStatusTellsTheSame", "returns no pid", static (s, _) => s.Start = async id => await s.Right.StartAsync(id) with { Pid = 0 }),
        ("Start_ReturnsAProcess_AndStatusTellsTheSame", "returns another pid", static (s, _) =>
            s.Start = async id => await s.Right.StartAsync(id) is var start ? start with { Pid = start.Pid + 1 } : start),
        ("Start_Twice_IsFailedPrecondition", "is content", static (s, _) =>
        {
            SandboxStart? first = null;
            s.Start = async id => first is not null && Runs(s, id) ? first : first = await s.Right.StartAsync(id);
        }),
        ("Start_Twice_IsFailedPrecondition", "has another code", static (s, _) => s.Start = id =>
            Runs(s, id) ? throw ShimException.AlreadyExists(id) : s.Right.StartAsync(id)),
        ("Start_AfterTheEnd_IsFailedPrecondition", "starts it again", static (s, h) => s.Start = async id =>
        {
            if (s.Right is { Process.IsAlive: false, Request: { } request })
            {
                s.Right = new InMemorySandbox(h);
                await s.Right.CreateAsync(request);
            }

            return await s.Right.StartAsync(id);
        }),
        ("Platform_NamesSystemAndArchitecture", "names no architecture", static (s, _) => s.Platform = async id => await s.Right.GetPlatformAsync(id) with { Architecture = "" }),
        ("Platform_NamesSystemAndArchitecture", "wants a start first", static (s, _) => s.Platform = id =>
            s.Right is { Request: not null, Process: null } ? throw ShimException.FailedPrecondition("not started") : s.Right.GetPlatformAsync(id)),
        ("Ping_SucceedsThroughALife", "wants it running", static (s, _) => s.Ping = async id =>
        {
            if ((await s.RightStatusAsync(id)) is { IsReady: false })
            {
                throw ShimException.FailedPrecondition("not ready");
            }
        }),
        ("Ping_SucceedsThroughALife", "fails after the end", static (s, _) => s.Ping = async id =>
        {
            if ((await s.RightStatusAsync(id)) is { ExitedAt: not null })
            {
                throw ShimException.NotFound(id);
            }
        }),
        ("Metrics_OfWhatDoesNotRun_AreFailedPrecondition", "has another code", static (s, _) => s.Metrics = id =>
            CodeAsync(() => s.Right.GetMetricsAsync(id), ShimErrorCode.FailedPrecondition, ShimErrorCode.NotFound)),
        ("Metrics_OfWhatDoesNotRun_AreFailedPrecondition", "has nothing to tell", static (s, _) => s.Metrics = id =>
            OrAsync(() => s.Right.GetMetricsAsync(id), ShimErrorCode.FailedPrecondition, new TypedPayload("", default))),
        ("Unknown_Sandbox_IsNotFoundEverywhere", "answers pings for anybody", static (s, _) => s.Ping = static _ => Task.CompletedTask),
        ("Unknown_Sandbox_IsNotFoundEverywhere", "stops nothing gladly", static (s, _) => s.Stop = r => OrAsync(() => s.Right.StopAsync(r), ShimErrorCode.NotFound)),
        ("Unknown_Sandbox_IsNotFoundEverywhere", "waits for nothing", static (s, _) => s.Wait = (id, token) =>
            s.Right.Request?.SandboxId == id ? s.Right.WaitAsync(id, token) : new TaskCompletionSource<SandboxExit>().Task),
        ("Unknown_Sandbox_IsNotFoundEverywhere", "shuts down whatever there is", static (s, _) => s.Shutdown = _ =>
            s.Right.Request is { } request ? s.Right.ShutdownAsync(request.SandboxId) : Task.CompletedTask),
        ("Stop_EndsIt_BeforeItReturns", "returns before", static (s, _) => s.Stop = async r =>
        {
            bool isReady = (await s.RightStatusAsync(r.SandboxId)).IsReady;
            Task stop = isReady ? Task.Delay(300).ContinueWith(_ => s.Right.StopAsync(r), TaskScheduler.Default).Unwrap() : s.Right.StopAsync(r);
            await (isReady ? Task.CompletedTask : stop);
        }),
        ("Stop_EndsIt_BeforeItReturns", "tells a wrong time", static (s, _) => (s.Wait, s.Status) = (
            async (id, token) => await s.Right.WaitAsync(id, token) with { ExitedAt = DateTimeOffset.UnixEpoch },
            async r => await s.Right.GetStatusAsync(r) is { ExitedAt: not null } status ? status with { ExitedAt = DateTimeOffset.UnixEpoch } : await s.Right.GetStatusAsync(r))),
        ("Stop_Twice_IsHarmless", "refuses", static (s, _) => s.Stop = async r =>
        {
            if ((await s.RightStatusAsync(r.SandboxId)) is { ExitedAt: not null })
            {
                throw ShimException.FailedPrecondition("it has ended");
            }

            await s.Right.StopAsync(r);
        }),
        ("Stop_Twice_IsHarmless", "ends it again", static (s, _) =>
        {
            int stops = 0;
            s.Stop = r =>
            {
                stops++;
                return s.Right.StopAsync(r);
            };
            s.Wait = async (id, token) => await s.Right.WaitAsync(id, token) is var exit && stops > 1 ? exit with { ExitedAt = exit.ExitedAt.AddSeconds(1) } : exit;
        }),
        ("Stop_BeforeTheStart_EndsIt", "refuses", static (s, _) => s.Stop = r =>
            s.Right is { Request: not null, Process: null } ? throw ShimException.FailedPrecondition("not started") : s.Right.StopAsync(r)),
        ("Stop_BeforeTheStart_EndsIt", "does nothing", static (s, _) => s.Stop = r =>
            s.Right is { Request: not null, Process: null } ? Task.CompletedTask : s.Right.StopAsync(r)),
        ("Status_AfterTheEnd_TellsWhen", "forgets when", static (s, _) => s.Status = async r => await s.Right.GetStatusAsync(r) with { ExitedAt = null }),
        ("Status_AfterTheEnd_TellsWhen", "keeps the pid", static (s, _) =>
            s.Status = async r => await s.Right.GetStatusAsync(r) with { Pid = s.Right.Process?.Pid ?? 0 }),
        ("Status_AfterTheEnd_TellsWhen", "forgets when it was started", static (s, _) => s.Status = async r =>
            await s.Right.GetStatusAsync(r) is { ExitedAt: not null } status ? status with { CreatedAt = null } : await s.Right.GetStatusAsync(r)),
        ("Wait_BeforeTheStart_LastsUntilTheEnd", "refuses", static (s, _) => s.Wait = async (id, token) =>
            await s.RightStatusAsync(id) is { CreatedAt: null, ExitedAt: null } ? throw ShimException.FailedPrecondition("not started") : await s.Right.WaitAsync(id, token)),
        ("Wait_BeforeTheStart_LastsUntilTheEnd", "waits for the start", static (s, _) => s.Wait = async (id, token) =>
            await s.RightStatusAsync(id) is { CreatedAt: null, ExitedAt: null } ? new SandboxExit(0, DateTimeOffset.UtcNow) : await s.Right.WaitAsync(id, token)),
        ("Wait_SeveralWaiters_HaveOneAnswer", "answers the first alone", static (s, _) =>
        {
            int waiting = 0;
            s.Wait = async (id, token) =>
            {
                bool isFirst = Interlocked.Increment(ref waiting) == 1;
                try
                {
                    SandboxExit exit = await s.Right.WaitAsync(id, token);
                    return isFirst ? exit : exit with { ExitCode = 0 };
                }
                finally
                {
                    Interlocked.Decrement(ref waiting);
                }
            };
        }),
        ("Wait_CancelledToken_EndsThatWaitAlone", "does not look at the token", static (s, _) => s.Wait = (id, _) => s.Right.WaitAsync(id)),
        ("Wait_CancelledToken_EndsThatWaitAlone", "ends what is waited for", static (s, _) => s.Wait = async (id, token) =>
        {
            // Not disposed with the wait, which the token may end before it comes to this.
            token.Register(() => s.Right.Process?.End(0));
            return await s.Right.WaitAsync(id, token);
        }),
        ("Wait_HoldsUpNobody", "holds a lock while it waits", static (s, _) =>
        {
            SemaphoreSlim gate = new(1);
            s.Wait = async (id, token) => await (s.Right.Process is { IsAlive: true } ? GatedAsync(gate, () => s.Right.WaitAsync(id, token), token) : s.Right.WaitAsync(id, token));
            s.Ping = id => GatedAsync(
                gate,
                async () =>
                {
                    await s.Right.PingAsync(id);
                    return true;
                },
                CancellationToken.None);
        }),
        ("End_FromOutside_IsToldByWaitAndStatus", "sees only what it ends itself", static (s, _) =>
        {
            TaskCompletionSource stopped = new();
            s.Stop = async r =>
            {
                await s.Right.StopAsync(r);
                stopped.TrySetResult();
            };
            s.Shutdown = async id =>
            {
                await s.Right.ShutdownAsync(id);
                stopped.TrySetResult();
            };
            s.Wait = async (id, token) =>
            {
                Task<SandboxExit> wait = s.Right.WaitAsync(id, token);
                await Task.WhenAny(wait.ContinueWith(static ended => ended.IsCompletedSuccessfully ? Task.Delay(Timeout.Infinite) : ended, TaskScheduler.Default).Unwrap(), stopped.Task);
                return await wait;
            };
        }),
        ("End_FromOutside_IsToldByWaitAndStatus", "takes it for a success", static (s, _) =>
        {
            bool isStopped = false;
            s.Stop = r =>
            {
                isStopped = true;
                return s.Right.StopAsync(r);
            };
            s.Wait = async (id, token) => await s.Right.WaitAsync(id, token) is var exit && isStopped ? exit : exit with { ExitCode = 0 };
        }),
        ("Shutdown_EndsWhatRuns", "refuses", static (s, _) => s.Shutdown = id =>
            Runs(s, id) ? throw ShimException.FailedPrecondition("it runs") : s.Right.ShutdownAsync(id)),
        ("Shutdown_EndsWhatRuns", "forgets it and lets it live", static (s, h) => s.Shutdown = id =>
        {
            if (Runs(s, id))
            {
                s.Right = new InMemorySandbox(h);
                return Task.CompletedTask;
            }

            return s.Right.ShutdownAsync(id);
        }),
        ("Shutdown_AfterTheEnd_Forgets", "keeps it", static (s, _) => s.Shutdown = id => s.Right.StopAsync(new StopSandboxRequest(id, default))),
        ("Shutdown_AfterTheEnd_Forgets", "refuses", static (s, _) => s.Shutdown = id =>
            s.Right is { Process.IsAlive: false } && s.Right.Request?.SandboxId == id ? throw ShimException.FailedPrecondition("it has ended") : s.Right.ShutdownAsync(id)),
    ];

    private static bool Runs(BrokenSandbox sandbox, string id) => sandbox.Right is { Process.IsAlive: true, Request: { } request } && request.SandboxId == id;
}
