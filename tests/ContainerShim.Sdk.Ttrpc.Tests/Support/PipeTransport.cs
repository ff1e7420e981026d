using System.IO.Pipelines;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

internal sealed class PipeTransport : ITtrpcTransport
{
    private readonly PipeReader _input;

    private PipeTransport(PipeReader input, PipeWriter output, TtrpcPeer? peer)
    {
        _input = input;
        Output = output;
        Peer = peer;
    }

    internal PipeTransport Other { get; private set; } = null!;

    internal bool WasRead { get; private set; }

    internal TaskCompletionSource Aborted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TtrpcPeer? Peer { get; }

    public PipeReader Input
    {
        get
        {
            WasRead = true;
            return _input;
        }
    }

    public PipeWriter Output { get; }

    internal static PipeTransport Pair(TtrpcPeer? peer)
    {
        Pipe there = new();
        Pipe back = new();
        PipeTransport server = new(there.Reader, back.Writer, peer);
        PipeTransport client = new(back.Reader, there.Writer, peer);
        (server.Other, client.Other) = (client, server);
        return server;
    }

    public void Abort()
    {
        if (Aborted.TrySetResult())
        {
            Output.Complete();
            _input.CancelPendingRead();
        }
    }

    public ValueTask DisposeAsync()
    {
        Abort();
        return ValueTask.CompletedTask;
    }
}
