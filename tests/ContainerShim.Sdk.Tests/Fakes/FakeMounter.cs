using ContainerShim.Sdk.Mounts;

namespace ContainerShim.Sdk.Tests.Fakes;

internal sealed class FakeMounter(CallScript calls) : IMounter
{
    private readonly HashSet<string> _mounted = [];

    public IReadOnlyCollection<string> Mounted => _mounted;

    public Task MountAsync(string target, IReadOnlyList<RootfsMount> mounts, CancellationToken cancellationToken) =>
        calls.MakeAsync("mount", target, () => { _mounted.Add(target); }, cancellationToken);

    public Task UnmountAsync(string target, CancellationToken cancellationToken) =>
        calls.MakeAsync("unmount", target, () => { _mounted.Remove(target); }, cancellationToken);
}
