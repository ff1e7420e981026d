using System.Threading.Channels;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

/// <summary>Connections in memory, and failures to accept.</summary>
internal sealed class PipeListener : ITtrpcListener
{
    private readonly Channel<Func<ITtrpcTransport>> _accepts = Channel.CreateUnbounded<Func<ITtrpcTransport>>();

    internal int Attempts { get; private set; }

    internal bool IsDisposed { get; private set; }

    /// <returns>The server's end.</returns>
    internal PipeTransport Connect(TtrpcPeer? peer)
    {
        PipeTransport transport = PipeTransport.Pair(peer);
        _accepts.Writer.TryWrite(() => transport);
        return transport;
    }

    internal void Fail(Exception exception) => _accepts.Writer.TryWrite(() => throw exception);

    internal void Complete() => _accepts.Writer.TryComplete();

    public async ValueTask<ITtrpcTransport?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        if (!await _accepts.Reader.WaitToReadAsync(cancellationToken))
        {
            return null;
        }

        Attempts++;
        return _accepts.Reader.TryRead(out Func<ITtrpcTransport>? accept) ? accept() : null;
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
