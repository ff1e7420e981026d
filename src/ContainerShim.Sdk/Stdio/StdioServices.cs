using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>What the streams of all processes share.</summary>
internal sealed record StdioServices(IReactor Reactor, TimeProvider Time, ILogger Logger, StdioOptions Options, IStreamKeeper? Keeper = null)
{
    private const int ScratchSize = 64 * 1024;

    /// <summary>Room for the longest record of a log: each of 16 KiB may become six bytes in JSON.</summary>
    private const int RecordsSize = 128 * 1024;

    private byte[]? _scratch;
    private byte[]? _records;

    /// <summary>What became of all output of all processes.</summary>
    internal StreamCounters Totals { get; } = new("all");

    /// <summary>The buffer of all streams that cannot be spliced. Used on the reactor's thread only, and empty between two callbacks.</summary>
    internal byte[] Scratch => _scratch ??= GC.AllocateUninitializedArray<byte>(ScratchSize);

    /// <summary>The buffer in which records for log files are put together, under the same rules.</summary>
    internal byte[] Records => _records ??= GC.AllocateUninitializedArray<byte>(RecordsSize);

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
