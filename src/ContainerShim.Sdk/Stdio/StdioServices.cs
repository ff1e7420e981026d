using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>What the streams of all processes share.</summary>
internal sealed record StdioServices(IReactor Reactor, TimeProvider Time, ILogger Logger, StdioOptions Options, IStreamKeeper? Keeper = null)
{
    private const int ScratchSize = 64 * 1024;

    private byte[]? _scratch;

    /// <summary>What became of all output of all processes.</summary>
    internal StreamCounters Totals { get; } = new("all");

    /// <summary>The buffer of all streams that cannot be spliced. Used on the reactor's thread only, and empty between two callbacks.</summary>
    internal byte[] Scratch => _scratch ??= GC.AllocateUninitializedArray<byte>(ScratchSize);

    /// <summary>Tells of readers that come late.</summary>
    internal InotifyHub Inotify { get; } = new(Reactor);

    /// <summary>Where what may wait for a disk is done.</summary>
    internal FileLanes Lanes { get; init; } = new(Time, Logger);

    /// <summary>Makes the file for output that waits for its reader, of a size; another one in tests.</summary>
    internal Func<string, long, ISpillFile> MakeSpillFile { get; init; } = SpillFile.Create;

    /// <summary>What is put around each log file; nothing, but in tests.</summary>
    internal Func<ILogTarget, ILogTarget> DecorateTarget { get; init; } = static target => target;

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
