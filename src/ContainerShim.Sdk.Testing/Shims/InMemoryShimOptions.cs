using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Testing.Shims;

/// <summary>How an <see cref="InMemoryShim"/> works. Read once, when it is started.</summary>
public sealed class InMemoryShimOptions
{
    /// <summary>The containerd namespace. Default: <c>default</c>.</summary>
    public string Namespace { get; set; } = "default";

    /// <summary>The clock of the engine and of its processes. Default: null, the system's. A fake one makes time limits pass at once.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Where the engine logs. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;
}
