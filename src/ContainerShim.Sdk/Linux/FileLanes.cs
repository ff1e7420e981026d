using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Linux;

/// <summary>
/// The lanes of one host, one for each file system: a disk that has stalled holds up nothing that is on another, and however many files are
/// on it, it costs one thread.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told of threads that cannot be started.</param>
/// <param name="startThread">Starts a thread; another one in tests.</param>
internal sealed class FileLanes(TimeProvider time, ILogger logger, Action<Thread>? startThread = null)
{
    private readonly Action<Thread> _startThread = startThread ?? OwnThread.Start;
    private readonly Lock _lock = new();
    private readonly Dictionary<(uint, uint), WeakReference<FileLane>> _lanes = [];

    /// <summary>The lane of the file system that a file is on. It lives as long as it is used.</summary>
    internal FileLane Of(FileStatus file)
    {
        (uint, uint) device = (file.DeviceMajor, file.DeviceMinor);
        lock (_lock)
        {
            if (_lanes.TryGetValue(device, out WeakReference<FileLane>? known) && known.TryGetTarget(out FileLane? lane))
            {
                return lane;
            }

            foreach ((uint, uint) gone in _lanes.Where(static entry => !entry.Value.TryGetTarget(out _)).Select(static entry => entry.Key).ToArray())
            {
                _lanes.Remove(gone);
            }

            lane = Apart();
            _lanes.Add(device, new WeakReference<FileLane>(lane));
            return lane;
        }
    }

    /// <summary>A lane for one piece of work on nobody knows which file system: a path is to be opened.</summary>
    internal FileLane Apart() => new(time, logger, _startThread);

    /// <summary>Opens something on a thread of its own: nobody knows yet which file system it is on.</summary>
    /// <exception cref="ShimException">ResourceExhausted: no thread is to be had.</exception>
    internal Task<T> OpenAsync<T>(Func<T> open) => OwnThread.RunAsync(open, "shim-files", "a file that is opened", _startThread);
}
