using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>What the streams of all processes share.</summary>
internal sealed record StdioServices(IReactor Reactor, TimeProvider Time, ILogger Logger, IStreamKeeper? Keeper = null)
{
    private const int ScratchSize = 64 * 1024;

    private byte[]? _scratch;

    /// <summary>What all streams together have moved.</summary>
    internal StdioTotals Totals { get; } = new();

    /// <summary>The buffer of all streams that cannot be spliced. Used on the reactor's thread only, and empty between two callbacks.</summary>
    internal byte[] Scratch => _scratch ??= GC.AllocateUninitializedArray<byte>(ScratchSize);

    /// <summary>Runs an action on the reactor's thread.</summary>
    /// <exception cref="ShimException">A system call failed, for want of memory or watches.</exception>
    internal async Task InvokeAsync(Action action)
    {
        try
        {
            await Reactor.InvokeAsync(action).ConfigureAwait(false);
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }
    }
}
