using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Mounts;

/// <summary>Makes and unmakes root file systems with the mounts of this process's mount namespace. Safe for use from several threads.</summary>
internal sealed class Mounter(IProcessSpawner spawner, TimeProvider time) : IMounter
{
    /// <summary>For the mounts of a root file system that failed to be taken away again.</summary>
    private static readonly TimeSpan UndoLimit = TimeSpan.FromSeconds(10);

    private readonly Unmounter _unmounter = new(time, Libc.Unmount);
    private readonly FuseHelper _fuse = new(spawner, time);
    private readonly UserNamespaceMaker _userNamespaces = new(spawner);

    /// <inheritdoc/>
    public async Task MountAsync(string target, IReadOnlyList<RootfsMount> mounts, CancellationToken cancellationToken)
    {
        List<string> made = [];
        try
        {
            foreach (RootfsMount mount in mounts)
            {
                // A call of mount(2) goes on to its end, so that it is known what there is to take away.
                cancellationToken.ThrowIfCancellationRequested();
                await MakeAsync(target, mount, made.Add, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            await UndoAsync(made).ConfigureAwait(false);
            switch (exception)
            {
                case LinuxException failure:
                    throw Failure(LinuxException.Describe(failure.Errno), failure.IsExhaustion, failure);
                case IOException:
                    // The framework has the error number as the HResult.
                    throw Failure(exception.Message, LinuxException.CodeOf(exception.HResult) == ShimErrorCode.ResourceExhausted, exception);
                default:
                    throw;
            }
        }
    }

    /// <inheritdoc/>
    public Task UnmountAsync(string target, CancellationToken cancellationToken) => _unmounter.UnmountAsync(target, cancellationToken);

    private static ShimException Failure(string text, bool isExhaustion, Exception cause) => new(
        isExhaustion ? ShimErrorCode.ResourceExhausted : ShimErrorCode.Unknown, "failed to mount rootfs component: " + text, cause);

    private async Task UndoAsync(List<string> made)
    {
        if (made.Count == 0)
        {
            return;
        }

        Task<int> undone = MountThread.RunAsync(() =>
        {
            for (int i = made.Count - 1; i >= 0; i--)
            {
                // What cannot be taken away goes with the bundle, which is unmounted recursively before it is removed.
                _ = Libc.Unmount(made[i]);
            }

            return made.Count;
        });
        try
        {
            await undone.WaitAsync(UndoLimit, time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or ShimException)
        {
            // The failure that led here is the one to report.
        }
    }

    private async Task MakeByHelperAsync(string helper, string root, RootfsMount mount, Action<string> onMounted, CancellationToken cancellationToken)
    {
        using MountTarget target = MountTarget.Open(root, mount.Target);
        int before = MountTable.CountAt(target.RealPath);
        try
        {
            await _fuse.MountAsync(helper, mount, target.RealPath, cancellationToken).ConfigureAwait(false);
        }
        catch when (MountTable.CountAt(target.RealPath) > before)
        {
            onMounted(target.RealPath);
            throw;
        }

        onMounted(target.RealPath);
    }

    private async Task MakeAsync(string root, RootfsMount mount, Action<string> onMounted, CancellationToken cancellationToken)
    {
        if (FuseHelper.HelperFor(mount.Type) is { } helper)
        {
            await MakeByHelperAsync(helper, root, mount, onMounted, cancellationToken).ConfigureAwait(false);
            return;
        }

        MountOptions options = MountOptions.Parse(mount.Options);
        using SafeFd? userNamespace =
            options.IsMapped ? await _userNamespaces.MakeAsync(options.UidMap, options.GidMap).ConfigureAwait(false) : null;
        await MountThread.RunAsync(() =>
        {
            MountCalls.Make(root, mount, userNamespace, onMounted);
            return 0;
        }).ConfigureAwait(false);
    }
}
