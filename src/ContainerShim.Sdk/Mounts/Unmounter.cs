using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Mounts;

/// <summary>Takes away every mount at and below a directory.</summary>
/// <param name="time">The clock of the pauses.</param>
/// <param name="unmount">Takes one mount away and returns the error number: <see cref="Libc.Unmount"/>.</param>
internal sealed class Unmounter(TimeProvider time, Func<string, int> unmount)
{
    /// <summary>containerd's patience with a busy mount: 50 times 50 ms.</summary>
    private const int BusyRounds = 50;

    /// <summary>Against somebody who mounts as fast as we unmount.</summary>
    private const int MaximumRounds = 10_000;

    private static readonly TimeSpan BusyDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>Unmounts. A call that hangs, as its device or server is gone, is left behind when the token fires.</summary>
    /// <exception cref="ShimException">Unknown: <c>failed to unmount target …</c></exception>
    internal async Task UnmountAsync(string directory, CancellationToken cancellationToken)
    {
        if (Resolve(directory) is not { } path)
        {
            return;
        }

        int busy = 0;
        for (int round = 0; round < MaximumRounds && MountTable.Below(path) is { Count: > 0 } points; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (int error, bool hasProgressed) = await MountThread.RunAsync(() => UnmountOnce(points, cancellationToken))
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            if (hasProgressed)
            {
                // What it hid is seen now.
                busy = 0;
                continue;
            }

            if (error != Errno.EBUSY || ++busy >= BusyRounds)
            {
                throw ShimException.Unknown($"failed to unmount target {path}: {LinuxException.Describe(error)}");
            }

            await Task.Delay(BusyDelay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private (int LastError, bool HasProgressed) UnmountOnce(IReadOnlyList<string> points, CancellationToken cancellationToken)
    {
        int last = 0;
        bool hasProgressed = false;
        // One that was left behind and comes back later must not take away what was mounted since.
        foreach (string point in points.TakeWhile(_ => !cancellationToken.IsCancellationRequested))
        {
            // Only the last error counts, the directory's own or the nearest to it: others come again in the next round, or go with it.
            last = unmount(point);
            hasProgressed |= last == 0;
        }

        return (last, hasProgressed);
    }

    /// <summary>
    /// The path as the mount table has it. The directory itself is not looked at: a file system whose server is gone would not answer,
    /// and a link there is not ours. Null when its parent is gone.
    /// </summary>
    private static string? Resolve(string directory)
    {
        string path = Path.GetFullPath(directory).TrimEnd('/');
        if (Path.GetDirectoryName(path) is not { Length: > 0 } parent)
        {
            throw ShimException.InvalidArgument("refusing to unmount the root directory");
        }

        try
        {
            return Path.Join(RealPath.OfDirectory(parent), Path.GetFileName(path));
        }
        catch (LinuxException exception) when (exception.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return null;
        }
    }
}
