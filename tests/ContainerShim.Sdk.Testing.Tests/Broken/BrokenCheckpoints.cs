using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Testing.InMemory;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>Runtimes with one defect each in their checkpoints or restores, and the one check that must find it.</summary>
internal static class BrokenCheckpoints
{
    private const int SigKill = 9;

    public static IEnumerable<(string Check, string Defect, Action<BrokenRuntime, InMemoryHost> Break)> All { get; } =
    [
        ("Checkpoint_LeavesAnImageInTheDirectory", "writes it elsewhere", static (r, _) => (r.Checkpoint, r.Restore) = (
            (c, p, t) => r.Right.CheckpointAsync(c, p with { ImagePath = p.ImagePath + ".elsewhere" }, t),
            (c, p, t) => r.Right.RestoreAsync(c, p with { ImagePath = p.ImagePath + ".elsewhere" }, t))),
        ("Checkpoint_LeavesAnImageInTheDirectory", "makes an empty directory", static (r, _) => r.Checkpoint = async (c, p, t) =>
        {
            await r.Right.CheckpointAsync(c, p, t);
            if (!p.Exit && (await r.Right.StateAsync(c, t)).Status == "running")
            {
                File.Delete(Directory.GetFiles(p.ImagePath).Single());
            }
        }),
        ("Checkpoint_WithoutExit_LeavesTheProcessRunning", "leaves it frozen", static (r, _) => r.Checkpoint = async (c, p, t) =>
        {
            await r.Right.CheckpointAsync(c, p, t);
            if (!p.Exit)
            {
                await r.Right.PauseAsync(c, t);
            }
        }),
        ("Checkpoint_WithoutExit_LeavesTheProcessRunning", "ends it anyway", static (r, _) => r.Checkpoint = async (c, p, t) =>
            await r.Right.CheckpointAsync(c, p with { Exit = p.Exit || (await r.Right.StateAsync(c, t)).Status == "running" }, t)),
        ("Checkpoint_WithExit_EndsTheContainer", "lets it live", static (r, _) => r.Checkpoint = async (c, p, t) =>
            await r.Right.CheckpointAsync(c, p with { Exit = p.Exit && (await r.Right.StateAsync(c, t)).Status != "running" }, t)),
        ("Checkpoint_WithExit_EndsTheContainer", "does not see the end", static (r, _) =>
        {
            HashSet<string> ended = [];
            r.Checkpoint = async (c, p, t) =>
            {
                await r.Right.CheckpointAsync(c, p, t);
                if (p.Exit)
                {
                    ended.Add(c.Id);
                }
            };
            r.State = async c => await r.Right.StateAsync(c) is { Status: "stopped" } state && ended.Contains(c.Id) ? state with { Status = "running" } : await r.Right.StateAsync(c);
        }),
        ("Checkpoint_PausedContainer_StaysPaused", "resumes it", static (r, _) => r.Checkpoint = async (c, p, t) =>
        {
            bool paused = (await r.Right.StateAsync(c, t)).Status == "paused";
            await r.Right.CheckpointAsync(c, p, t);
            if (paused && !p.Exit)
            {
                await r.Right.ResumeAsync(c, t);
            }
        }),
        ("Checkpoint_PausedContainer_StaysPaused", "wants it running", static (r, _) => r.Checkpoint = async (c, p, t) =>
            await (!p.Exit && (await r.Right.StateAsync(c, t)).Status == "paused" ? throw ShimException.Unknown("it is paused") : r.Right.CheckpointAsync(c, p, t))),
        ("Checkpoint_PausedContainerWithExit_EndsIt", "leaves it frozen", static (r, h) => r.Checkpoint = async (c, p, t) =>
        {
            bool paused = (await r.Right.StateAsync(c, t)).Status == "paused";
            await r.Right.CheckpointAsync(c, p with { Exit = p.Exit && !paused }, t);
            if (paused && p.Exit)
            {
                h.Process(c.Id).Kill(SigKill);
            }
        }),
        ("Checkpoint_PausedContainerWithExit_EndsIt", "restores it frozen", static (r, _) =>
        {
            HashSet<string> paused = [];
            r.Checkpoint = async (c, p, t) =>
            {
                if (Known(r, c) && (await r.Right.StateAsync(c, t)).Status == "paused")
                {
                    paused.Add(p.ImagePath);
                }

                await r.Right.CheckpointAsync(c, p, t);
            };
            r.Restore = async (c, p, t) =>
            {
                int pid = await r.Right.RestoreAsync(c, p, t);
                await (paused.Contains(p.ImagePath) ? r.Right.PauseAsync(c, t) : Task.CompletedTask);
                return pid;
            };
        }),
        ("Checkpoint_UnknownContainer_IsNotFound", "is content", static (r, _) =>
            r.Checkpoint = (c, p, t) => Known(r, c) ? r.Right.CheckpointAsync(c, p, t) : Task.CompletedTask),
        ("Checkpoint_UnknownContainer_IsNotFound", "has another code", static (r, _) =>
            r.Checkpoint = (c, p, t) => Known(r, c) ? r.Right.CheckpointAsync(c, p, t) : throw ShimException.Unknown("container does not exist")),
        ("Checkpoint_CreatedContainer_IsFailedPrecondition", "starts it", static (r, _) => r.Checkpoint = async (c, p, t) =>
        {
            if (Known(r, c) && (await r.Right.StateAsync(c, t)).Status == "created")
            {
                await r.Right.StartAsync(c, t);
            }

            await r.Right.CheckpointAsync(c, p, t);
        }),
        ("Checkpoint_CreatedContainer_IsFailedPrecondition", "has another code", static (r, _) => r.Checkpoint = CodeIn(r, "created")),
        ("Checkpoint_StoppedContainer_IsFailedPrecondition", "is content", static (r, _) => r.Checkpoint = async (c, p, t) =>
        {
            if (!Known(r, c) || (await r.Right.StateAsync(c, t)).Status != "stopped")
            {
                await r.Right.CheckpointAsync(c, p, t);
            }
        }),
        ("Checkpoint_StoppedContainer_IsFailedPrecondition", "has another code", static (r, _) => r.Checkpoint = CodeIn(r, "stopped")),
        ("Checkpoint_ThatFails_LeavesTheProcessRunning", "throws what it got", static (r, _) => r.Checkpoint = async (c, p, t) =>
        {
            try
            {
                await r.Right.CheckpointAsync(c, p, t);
            }
            catch (ShimException e) when (e.InnerException is IOException inner)
            {
                throw new IOException(inner.Message);
            }
        }),
        ("Checkpoint_ThatFails_LeavesTheProcessRunning", "leaves it frozen", static (r, _) => r.Checkpoint = AfterFailure(r, r.Right.PauseAsync)),
        ("Checkpoint_ThatFails_LeavesTheProcessRunning", "ends it", static (r, _) => r.Checkpoint = AfterFailure(r, (c, t) => r.Right.KillAsync(c, SigKill, all: false, t))),
        ("Checkpoint_CancelledBefore_DoesNothing", "does not look at its token", static (r, _) => r.Checkpoint = (c, p, _) => r.Right.CheckpointAsync(c, p)),
        ("Checkpoint_CancelledBefore_DoesNothing", "looks afterwards", static (r, _) => r.Checkpoint = async (c, p, t) =>
        {
            await r.Right.CheckpointAsync(c, p with { Exit = p.Exit && !t.IsCancellationRequested }, CancellationToken.None);
            t.ThrowIfCancellationRequested();
        }),
        ("Restore_RunsTheProcess_ItsStatusIsExact", "forgets what it handled", static (r, _) =>
        {
            HashSet<string> restored = Restored(r);
            r.Kill = (c, s, a) => r.Right.KillAsync(c, restored.Contains(c.Id) ? SigKill : s, a);
        }),
        ("Restore_RunsTheProcess_ItsStatusIsExact", "tells no pid", static (r, _) =>
        {
            HashSet<string> restored = Restored(r);
            r.State = async c => await r.Right.StateAsync(c) is var state && restored.Contains(c.Id) ? state with { Pid = 0 } : state;
        }),
        ("Restore_GoesOnWhereItWas_WithItsNewStreams", "begins anew", static (r, _) => r.Restore = async (c, p, t) =>
        {
            if (!Directory.Exists(p.ImagePath) || Directory.GetFiles(p.ImagePath).Length == 0)
            {
                throw ShimException.InvalidArgument(p.ImagePath);
            }

            int pid = await r.Right.CreateAsync(c, p.Stdio, t);
            await r.Right.StartAsync(c, t);
            return pid;
        }),
        ("Restore_GoesOnWhereItWas_WithItsNewStreams", "loses the streams", static (r, _) =>
            r.Restore = (c, p, t) => r.Right.RestoreAsync(c, p with { Stdio = RuntimeStdio.None }, t)),
        ("Restore_GoesOnWhereItWas_WithItsNewStreams", "closes the handles", static (r, _) => r.Restore = async (c, p, t) =>
        {
            int pid = await r.Right.RestoreAsync(c, p, t);
            p.Stdio.Stdout?.Dispose();
            return pid;
        }),
        ("Restore_UnderItsOwnId_AfterTheDeletion", "never gives an id again", static (r, _) =>
        {
            HashSet<string> used = [];
            r.Create = (c, s, t) =>
            {
                used.Add(c.Id);
                return r.Right.CreateAsync(c, s, t);
            };
            r.Restore = (c, p, t) => used.Contains(c.Id) ? throw ShimException.AlreadyExists(c.Id) : r.Right.RestoreAsync(c, p, t);
        }),
        ("Restore_IdInUse_IsAlreadyExists", "has another code", static (r, _) => r.Restore = (c, p, t) =>
            Known(r, c) ? throw ShimException.Unknown("container with given ID already exists") : r.Right.RestoreAsync(c, p, t)),
        ("Restore_IdInUse_IsAlreadyExists", "replaces the container", static (r, _) => r.Restore = async (c, p, t) =>
        {
            await (Known(r, c) ? r.Right.DeleteAsync(c, force: true, t) : Task.CompletedTask);
            return await r.Right.RestoreAsync(c, p, t);
        }),
        ("Restore_IdInUse_IsAlreadyExists", "ends the other", static (r, _) => r.Restore = async (c, p, t) =>
        {
            await (Known(r, c) ? r.Right.KillAsync(c, SigKill, all: false, t) : Task.CompletedTask);
            return await r.Right.RestoreAsync(c, p, t);
        }),
        ("Restore_OneImageTwice_MakesTwoContainers", "uses the image up", static (r, _) => r.Restore = async (c, p, t) =>
        {
            int pid = await r.Right.RestoreAsync(c, p, t);
            Directory.Delete(p.ImagePath, recursive: true);
            return pid;
        }),
        ("Restore_OneImageTwice_MakesTwoContainers", "ends all of an image", static (r, _) =>
        {
            Dictionary<string, string> images = [];
            r.Restore = (c, p, t) => r.Right.RestoreAsync(c, p with { ImagePath = images[c.Id] = p.ImagePath }, t);
            r.Kill = async (c, s, a) =>
            {
                string[] same = [.. images.Where(pair => pair.Value == images.GetValueOrDefault(c.Id)).Select(static pair => pair.Key)];
                foreach (string id in same.Except([c.Id]))
                {
                    await r.Right.KillAsync(c with { Id = id }, s, a);
                }

                await r.Right.KillAsync(c, s, a);
            };
        }),
        ("Restore_WithoutAnImage_IsInvalidArgument", "has another code", static (r, _) => r.Restore = async (c, p, t) =>
        {
            try
            {
                return await r.Right.RestoreAsync(c, p, t);
            }
            catch (ShimException e) when (e.Code == ShimErrorCode.InvalidArgument)
            {
                throw ShimException.Unknown("criu failed", e);
            }
        }),
        ("Restore_WithoutAnImage_IsInvalidArgument", "makes a container first", static (r, _) => r.Restore = async (c, p, t) =>
        {
            if (!Directory.Exists(p.ImagePath))
            {
                await r.Right.CreateAsync(c, p.Stdio, t);
                throw ShimException.InvalidArgument(p.ImagePath);
            }

            return await r.Right.RestoreAsync(c, p, t);
        }),
        ("Restore_CancelledBefore_MakesNothing", "does not look at its token", static (r, _) => r.Restore = (c, p, _) => r.Right.RestoreAsync(c, p)),
        ("Restore_CancelledBefore_MakesNothing", "looks afterwards", static (r, _) => r.Restore = async (c, p, t) =>
        {
            int pid = await r.Right.RestoreAsync(c, p, CancellationToken.None);
            t.ThrowIfCancellationRequested();
            return pid;
        }),
        ("Restore_MakesAContainerLikeAnyOther", "has no execs", static (r, _) =>
        {
            HashSet<string> restored = Restored(r);
            r.Exec = (c, e) => restored.Contains(c.Id) ? throw ShimException.Unknown("no such container") : r.Right.ExecAsync(c, e);
        }),
        ("Restore_MakesAContainerLikeAnyOther", "lists no processes", static (r, _) =>
        {
            HashSet<string> restored = Restored(r);
            r.Pids = async c => restored.Contains(c.Id) ? [] : await r.Right.PidsAsync(c);
        }),
    ];

    private static bool Known(BrokenRuntime runtime, RuntimeContainer container) => runtime.Right.Containers.Contains(container.Id);

    /// <summary>Notes the ids that are restored.</summary>
    private static HashSet<string> Restored(BrokenRuntime runtime)
    {
        HashSet<string> restored = [];
        runtime.Restore = async (c, p, t) =>
        {
            int pid = await runtime.Right.RestoreAsync(c, p, t);
            restored.Add(c.Id);
            return pid;
        };
        return restored;
    }

    private static Func<RuntimeContainer, RuntimeCheckpoint, CancellationToken, Task> CodeIn(BrokenRuntime runtime, string status) => async (c, p, t) =>
        await (Known(runtime, c) && (await runtime.Right.StateAsync(c, t)).Status == status
            ? throw ShimException.Unknown($"Container cannot be checkpointed in {status} state")
            : runtime.Right.CheckpointAsync(c, p, t));

    private static Func<RuntimeContainer, RuntimeCheckpoint, CancellationToken, Task> AfterFailure(
        BrokenRuntime runtime, Func<RuntimeContainer, CancellationToken, Task> work) => async (c, p, t) =>
        {
            try
            {
                await runtime.Right.CheckpointAsync(c, p, t);
            }
            catch (ShimException e) when (e.InnerException is IOException)
            {
                await work(c, t);
                throw;
            }
        };
}
