namespace ContainerShim.Sdk.Processes;

/// <summary>The policy of a process that is no subreaper: orphans never come to it.</summary>
internal sealed class NoOrphans : IOrphanPolicy, IDisposable
{
    public static NoOrphans Instance { get; } = new();

    public IDisposable Hold() => this;

    public IDisposable Expect() => this;

    public void Dispose()
    {
    }
}
