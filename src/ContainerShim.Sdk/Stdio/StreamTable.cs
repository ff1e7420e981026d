using System.Globalization;
using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// The streams of an engine's processes. A request names them by a URI <c>stream:N</c>, so that they take the same way through the
/// engine as paths do. N tells those of one engine from those of another, whose containers it may take over. Safe for use from several threads.
/// </summary>
internal sealed class StreamTable(IReactor reactor, TimeProvider time) : IDisposable
{
    internal const string Scheme = "stream:";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ProcessStreams> _streams = [];
    private readonly string _prefix = Scheme + Guid.NewGuid().ToString("N")[..8] + "-";
    private long _last;
    private bool _disposed;

    /// <summary>Makes the streams of a process that is about to be made.</summary>
    internal ProcessStreams Add(ContainerStdio wanted)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(ContainerShimEngine));
            string name = string.Create(CultureInfo.InvariantCulture, $"{_prefix}{++_last}");
            StdioPaths paths = new()
            {
                Stdin = wanted.Input ? name : "",
                Stdout = wanted.Output ? name : "",
                Stderr = wanted.Error ? name : "",
                Terminal = wanted.Terminal,
            };
            return Add(paths, wanted);
        }
    }

    /// <summary>Makes the streams again of a process that an earlier engine has made.</summary>
    internal ProcessStreams Restore(StdioPaths paths)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(ContainerShimEngine));
            return Add(paths, new ContainerStdio
            {
                Input = paths.Stdin.Length > 0,
                Output = paths.Stdout.Length > 0,
                Error = paths.Stderr.Length > 0,
                Terminal = paths.Terminal,
            });
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

    private ProcessStreams Add(StdioPaths paths, ContainerStdio wanted)
    {
        ProcessStreams streams = new(paths, reactor, time, wanted, Remove);
        _streams.Add(NameIn(paths), streams);
        return streams;
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
