using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tests.Fakes;

internal sealed class FakeCheckpointableRuntime(FakeKernel kernel, CallScript calls) : FakeRuntime(kernel, calls), ICheckpointableRuntime
{
    private readonly CallScript _calls = calls;

    public Task CheckpointAsync(RuntimeContainer container, RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default) =>
        _calls.MakeAsync(
            "runtime.checkpoint",
            container.Id,
            () =>
            {
                if (checkpoint.Exit)
                {
                    EndInit(container.Id);
                }
            },
            cancellationToken);

    public Task<int> RestoreAsync(RuntimeContainer container, RuntimeRestore restore, CancellationToken cancellationToken = default) =>
        _calls.MakeAsync("runtime.restore", container.Id, () => Make(container.Id, started: true), cancellationToken);
}
