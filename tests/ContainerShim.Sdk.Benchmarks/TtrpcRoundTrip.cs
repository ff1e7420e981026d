using BenchmarkDotNet.Attributes;
using ContainerShim.Sdk.Protocol.Services.Ttrpc;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Envelope = ContainerShim.Sdk.Protocol.Types.Envelope;

namespace ContainerShim.Sdk.Benchmarks;

/// <summary>A unary call over a unix socket, client and server in this process. The answer is empty.</summary>
[MemoryDiagnoser]
public class TtrpcRoundTrip
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("bench-");
    private TtrpcServer _server = null!;
    private Task _serving = null!;
    private TtrpcChannel _channel = null!;
    private Protocol.Services.Ttrpc.Events.EventsClient _client = null!;
    private ForwardRequest _request = null!;

    /// <summary>The largest message of the protocol has 4 MiB, with its header.</summary>
    [Params(100, 4_000_000)]
    public int Body { get; set; }

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        string path = Path.Join(_directory.FullName, "s");
        _server = new TtrpcServer();
        Protocol.Services.Ttrpc.Events.BindService(_server.Services, new Sink());
        _serving = _server.ServeAsync(UnixTtrpcListener.Listen(path));
        _channel = await TtrpcChannel.ConnectAsync(path);
        _client = new Protocol.Services.Ttrpc.Events.EventsClient(_channel);
        _request = new ForwardRequest { Envelope = new Envelope { Event = new Any { TypeUrl = "bench", Value = ByteString.CopyFrom(new byte[Body]) } } };
    }

    [Benchmark]
    public async Task CallAsync() => await _client.ForwardAsync(_request);

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _channel.DisposeAsync();
        await _server.DisposeAsync();
        await _serving;
        _directory.Delete(recursive: true);
    }

    private sealed class Sink : Protocol.Services.Ttrpc.Events.EventsBase
    {
        private static readonly Task<Empty> Done = Task.FromResult(new Empty());

        public override Task<Empty> Forward(ForwardRequest request, ServerCallContext context) => Done;
    }
}
