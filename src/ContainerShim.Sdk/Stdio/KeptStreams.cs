using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Streams of a process that an earlier engine has made. Whoever takes one out owns it; the rest is closed with this object.</summary>
internal sealed class KeptStreams : IDisposable
{
    private readonly Dictionary<StreamKind, SafeFd> _streams = [];

    /// <summary>Takes ownership; the streams are in the order of the kinds' values.</summary>
    internal KeptStreams(StreamKind kinds, IReadOnlyList<SafeFd> streams)
    {
        int next = 0;
        for (int kind = 1; kind <= (int)StreamKind.Console; kind <<= 1)
        {
            if (((int)kinds & kind) != 0 && next < streams.Count)
            {
                _streams[(StreamKind)kind] = streams[next++];
            }
        }
    }

    /// <summary>Takes a stream out; null where it is not kept.</summary>
    internal SafeFd? Take(StreamKind kind) => _streams.Remove(kind, out SafeFd? stream) ? stream : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafeFd stream in _streams.Values)
        {
            stream.Dispose();
        }

        _streams.Clear();
    }
}
