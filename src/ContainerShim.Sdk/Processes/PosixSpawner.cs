using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Mono.Unix.Native;
using Errno = ContainerShim.Sdk.Linux.Interop.Errno;
using WaitOptions = ContainerShim.Sdk.Linux.Interop.WaitOptions;

namespace ContainerShim.Sdk.Processes;

/// <summary>
/// Spawns by posix_spawn(3), which unlike fork(2) is safe in a process with a runtime: default signal dispositions, an empty mask,
/// exactly the descriptors that are named. The limit of descriptors is this process's, see <see cref="ProcessLimits"/>.
/// </summary>
/// <param name="monitor">Watches what is spawned.</param>
/// <param name="groupsAreSessions">
/// Whether a child that is to lead a process group leads a session as well, so that what it leaves is told from the host's own children.
/// </param>
internal sealed class PosixSpawner(PidfdProcessMonitor monitor, bool groupsAreSessions = false) : IProcessSpawner
{
    /// <inheritdoc/>
    public IProcessWatch Spawn(SpawnRequest request)
    {
        // From the child's birth to its watch its status must not be taken for an orphan's.
        using IDisposable hold = monitor.Holds.Begin();
        int pid = Start(request, groupsAreSessions);
        try
        {
            return monitor.WatchOwn(pid);
        }
        catch
        {
            // Without a watch nobody would ever know of it: undo the start.
            _ = Libc.KillChild(pid, (int)Signum.SIGKILL);
            _ = Libc.WaitId(WaitTarget.Pid, pid, WaitOptions.Exited, out _);
            throw;
        }
    }

    /// <inheritdoc/>
    public int SpawnUnwatched(SpawnRequest request) => Start(request, groupsAreSessions);

    /// <summary>Starts a process that nobody here will wait for.</summary>
    internal static unsafe int Start(SpawnRequest request, bool groupIsSession = false)
    {
        using NativeStrings path = new([request.FileName]);
        using NativeStrings arguments = new(request.Arguments);
        using NativeStrings environment = new(request.Environment);
        using SpawnDescriptors descriptors = new(request);
        byte* actions = stackalloc byte[Libc.SpawnObjectSize];
        byte* attributes = stackalloc byte[Libc.SpawnObjectSize];
        Check(Libc.SpawnActionsInit(actions), request);
        try
        {
            Check(Libc.SpawnAttributesInit(attributes), request);
            try
            {
                SetAttributes(attributes, request, groupIsSession);
                descriptors.AddTo(actions, error => Check(error, request));
                Check(Libc.SpawnActionsAddDirectory(actions, request.WorkingDirectory), request);
                int pid;
                Check(Libc.Spawn(&pid, path.Pointer[0], actions, attributes, arguments.Pointer, environment.Pointer), request);
                return pid;
            }
            finally
            {
                _ = Libc.SpawnAttributesDestroy(attributes);
            }
        }
        finally
        {
            _ = Libc.SpawnActionsDestroy(actions);
        }
    }

    private static unsafe void SetAttributes(byte* attributes, SpawnRequest request, bool groupIsSession)
    {
        const int SetGroup = 0x02;
        const int SetDefaultSignals = 0x04;
        const int SetSignalMask = 0x08;
        // glibc 2.26; its leader leads a group, too.
        const int SetSession = 0x80;
        const int SignalSetSize = 128;
        byte* signals = stackalloc byte[SignalSetSize];
        NativeMemory.Clear(signals, SignalSetSize);
        Check(Libc.SpawnAttributesSetSignalMask(attributes, signals), request);
        NativeMemory.Fill(signals, SignalSetSize, 0xFF);
        Check(Libc.SpawnAttributesSetDefaultSignals(attributes, signals), request);
        Check(Libc.SpawnAttributesSetGroup(attributes, 0), request);
        int flags = SetDefaultSignals | SetSignalMask | (!request.NewProcessGroup ? 0 : groupIsSession ? SetSession : SetGroup);
        Check(Libc.SpawnAttributesSetFlags(attributes, (short)flags), request);
    }

    private static void Check(int error, SpawnRequest request)
    {
        if (error != 0)
        {
            throw Failure(error, request);
        }
    }

    /// <summary>Why a child could not be started, in Go's words.</summary>
    internal static ShimException Failure(int error, SpawnRequest request)
    {
        // The child reports only a number: a missing directory and a missing binary look alike.
        string operation = error == Errno.ENOENT && !Directory.Exists(request.WorkingDirectory)
            ? "chdir " + request.WorkingDirectory
            : "fork/exec " + request.FileName;
        return new LinuxException(error, operation).ToShimException();
    }
}
