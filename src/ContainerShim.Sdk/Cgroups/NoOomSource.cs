namespace ContainerShim.Sdk.Cgroups;

/// <summary>A cgroup without the memory controller.</summary>
internal sealed class NoOomSource : OomSource
{
    /// <inheritdoc/>
    internal override bool NotifiesEarly => false;

    /// <inheritdoc/>
    internal override IDisposable Subscribe(Action onChange) => throw new IOException("no memory controller");

    /// <inheritdoc/>
    protected override long? Count(long last) => null;
}
