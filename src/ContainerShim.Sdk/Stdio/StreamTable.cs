using System.Globalization;
using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// The streams of an engine's processes. A request names them by a URI <c>stream:N</c>, so that they take the same way through the
/// engine as paths do. Safe for use from several threads.
/// </summary>
internal sealed class StreamTable(IReactor reactor, TimeProvider time) : IDisposable
{
    internal const string Scheme = "stream:";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ProcessStreams> _streams = [];
    private long _last;
    private bool _disposed;

    /// <summary>Makes the streams of a process that is about to be made.</summary>
    internal ProcessStreams Add(ContainerStdio wanted)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(ContainerShimEngine));
            string name = string.Create(CultureInfo.InvariantCulture, $"{Scheme}{++_last}");
            StdioPaths paths = new()
            {
                Stdin = wanted.Input ? name : "",
                Stdout = wanted.Output ? name : "",
                Stderr = wanted.Error ? name : "",
                Terminal = wanted.Terminal,
            };
            ProcessStreams streams = new(paths, reactor, time, wanted, Remove);
            _streams.Add(name, streams);
            return streams;
        }
    }

    /// <summary>The streams that a request names; null when it names none, or those of another engine or time.</summary>
    internal ProcessStreams? Find(StdioPaths paths)
    {
        lock (_lock)
        {
            return _streams.GetValueOrDefault(NameIn(paths));
        }
    }

    internal static bool Names(StdioPaths paths) => NameIn(paths).StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>Closes all streams.</summary>
    public void Dispose()
    {
        ProcessStreams[] left;
        lock (_lock)
        {
            _disposed = true;
            left = [.. _streams.Values];
        }

        Array.ForEach(left, static streams => streams.Dispose());
    }

    private static string NameIn(StdioPaths paths) =>
        paths.Stdout.Length > 0 ? paths.Stdout : paths.Stderr.Length > 0 ? paths.Stderr : paths.Stdin;

    private void Remove(ProcessStreams streams)
    {
        lock (_lock)
        {
            _streams.Remove(NameIn(streams.Paths));
        }
    }
}
