using System.Net.WebSockets;
using System.Text;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>
/// An attached client: the streaming server's channels over a web socket. The first byte of each message is the channel, 0 to 2 for the
/// standard streams (k8s.io/apimachinery, pkg/util/httpstream/wsstream).
/// </summary>
internal sealed class CriAttachment : IAsyncDisposable
{
    private const byte Stdin = 0;
    private const byte Stdout = 1;

    private readonly ClientWebSocket _socket = new();
    private readonly StringBuilder _output = new();

    private CriAttachment()
    {
    }

    public static async Task<CriAttachment> ConnectAsync(string url)
    {
        CriAttachment attachment = new();
        attachment._socket.Options.AddSubProtocol("v4.channel.k8s.io");
        using CancellationTokenSource limit = Limit();
        await attachment._socket.ConnectAsync(new UriBuilder(url) { Scheme = "ws" }.Uri, limit.Token);
        return attachment;
    }

    public async Task WriteAsync(string text)
    {
        using CancellationTokenSource limit = Limit();
        await _socket.SendAsync((byte[])[Stdin, .. Encoding.UTF8.GetBytes(text)], WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
    }

    /// <summary>Reads standard output until it holds a text, and returns all of it so far.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        using CancellationTokenSource limit = Limit();
        while (!_output.ToString().Contains(text, StringComparison.Ordinal))
        {
            Assert.That(await ReadAsync(limit.Token), Is.True, () => $"the stream ended: {_output}");
        }

        return _output.ToString();
    }

    /// <summary>Reads standard output until the server ends it.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using CancellationTokenSource limit = Limit();
        while (await ReadAsync(limit.Token))
        {
        }

        return _output.ToString();
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        using MemoryStream message = new();
        byte[] buffer = new byte[4096];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, cancellationToken);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        byte[] content = message.ToArray();
        if (content is [Stdout, ..])
        {
            _output.Append(Encoding.UTF8.GetString(content.AsSpan(1)));
        }

        return part.MessageType != WebSocketMessageType.Close;
    }

    private static CancellationTokenSource Limit() => new(TimeSpan.FromSeconds(20));
}
