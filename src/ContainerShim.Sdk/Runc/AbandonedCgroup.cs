using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Runc;

/// <summary>
/// The cgroup of a container that was never finished: runc makes it before <c>state.json</c>, so that after a create call that was ended
/// in between `delete --force` finds no container, succeeds, and leaves it. And that of one whose state the runtime has lost, that crun
/// could not restore, or whose last process ends slowly.
/// </summary>
internal sealed class AbandonedCgroup(HostFiles files, IBundleStore bundles, TimeProvider time)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(64);

    /// <summary>How long the half made init process, whose parent is dead, may take to notice, and a killed process to be gone.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Removes it, and those below it, where they are there and empty. Nothing is killed: who else is in it has put himself there.</summary>
    internal async Task RemoveAsync(RuntimeContainer container, CancellationToken cancellationToken)
    {
        // Those of systemd are scopes, which it removes itself when they are empty.
        if (container.Options.SystemdCgroup)
        {
            return;
        }

        string[] directories = [.. ContainerCgroups.Locate(files, PathOf(container))];
        long began = time.GetTimestamp();
        for (TimeSpan delay = FirstDelay; Array.Exists(directories, files.DirectoryExists); delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            EmptyDirectories.Remove(directories.SelectMany(DeepestFirst).Select(files.Map));
            if (!Array.Exists(directories, files.DirectoryExists) || time.GetElapsedTime(began) > Patience)
            {
                return;
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private IEnumerable<string> DeepestFirst(string directory) => files.Directories(directory).SelectMany(DeepestFirst).Append(directory);

    private string PathOf(RuntimeContainer container)
    {
        try
        {
            return ContainerCgroups.PathOf(bundles.ReadSpec(container.Bundle), container.Id);
        }
        catch (ShimException)
        {
            return container.Id;
        }
    }
}
