using System.Runtime.InteropServices;
using System.Text;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.Logging;
using Mono.Unix.Native;
using Errno = ContainerShim.Sdk.Linux.Interop.Errno;

namespace ContainerShim.Sdk.Reaper;

/// <summary>Spawns through the reaper: its children have the same that <see cref="PosixSpawner"/>'s have, but another parent.</summary>
internal sealed class ReaperSpawner(ReaperLink reaper, PidfdProcessMonitor monitor, ILogger logger) : IProcessSpawner
{
    /// <summary>A program on a file system that hangs is waited for no longer; it is ended when it runs after all.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IProcessWatch Spawn(SpawnRequest request)
    {
        // From the child's birth to its watch its status must not be taken for an orphan's.
        using IDisposable hold = monitor.Holds.Begin();
        int pid = SpawnUnwatched(request);
        try
        {
            return monitor.WatchOwn(pid);
        }
        catch
        {
            // Without a watch nobody would ever know of it: undo the start. Not collected, its pid is its own.
            _ = Libc.KillChild(pid, (int)Signum.SIGKILL);
            throw;
        }
    }

    /// <inheritdoc/>
    public int SpawnUnwatched(SpawnRequest request)
    {
        ReaperReply reply = reaper.Spawn(ToPacket(request), Bound, EndLate);
        if (reply.Error == 0)
        {
            return reply.Value;
        }

        throw reply.Error is Errno.ENOTCONN or Errno.ETIMEDOUT
            ? ShimException.Unavailable($"the reaper has not started {request.FileName}: {Linux.LinuxException.Describe(reply.Error)}")
            : PosixSpawner.Failure(reply.Error, request);
    }

    private static ReaperRequest ToPacket(SpawnRequest request)
    {
        SafeHandle?[] targets = [request.Stdin, request.Stdout, request.Stderr, .. request.ExtraDescriptors];
        ulong given = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            given |= targets[i] is null ? 0 : 1ul << i;
        }

        byte[] text = Encode([request.FileName, request.WorkingDirectory, .. request.Arguments, .. request.Environment]);
        return new ReaperRequest
        {
            Operation = ReaperOperation.Spawn,
            Flags = (uint)targets.Length | (request.NewProcessGroup ? ReaperRequest.OwnGroup : 0),
            Kinds = given,
            Arguments = request.Arguments.Count,
            Variables = request.Environment.Count,
            Payload = text,
            Descriptors = [.. targets.OfType<SafeHandle>()],
        };
    }

    private static byte[] Encode(IReadOnlyList<string> strings)
    {
        const int Head = 64;
        StringBuilder text = new();
        foreach (string part in strings)
        {
            if (part.Contains('\0', StringComparison.Ordinal))
            {
                throw ShimException.InvalidArgument("a NUL in an argument or variable");
            }

            text.Append(part).Append('\0');
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        return bytes.Length <= ReaperRequest.LongestPacket - Head
            ? bytes
            : throw ShimException.ResourceExhausted($"arguments and environment of {bytes.Length} bytes are too long");
    }

    /// <summary>The caller has given up on it, and nobody will.</summary>
    private void EndLate(ReaperReply reply)
    {
        if (reply.Error != 0)
        {
            return;
        }

        try
        {
            using IProcessWatch watch = monitor.WatchOwn(reply.Value);
            watch.Signal((int)Signum.SIGKILL);
        }
        catch (ShimException exception)
        {
            Diagnostics.Log.LateStartNotEnded(logger, exception, reply.Value);
        }
    }
}
