using System.Collections.Concurrent;
using System.Threading.Channels;
using ContainerShim.Sdk.Protocol.Services.Grpc;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WireEvents = ContainerShim.Sdk.Protocol.Services.Grpc.Events;

namespace ContainerShim.Sdk.Grpc.Tests;

/// <summary>containerd's gRPC socket as far as events go: it can be away, refuse events, or break a subscription.</summary>
internal sealed class EventsServer : WireEvents.EventsBase, IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("grpc-test-").FullName;
    private WebApplication? _application;

    public string Path => System.IO.Path.Combine(_directory, "c.sock");

    public ConcurrentQueue<(Envelope Envelope, Metadata Headers)> Forwarded { get; } = new();

    public ConcurrentQueue<(PublishRequest Request, Metadata Headers)> Published { get; } = new();

    public ConcurrentQueue<string> Filters { get; } = new();

    /// <summary>What subscribers are sent; completing it ends their subscriptions.</summary>
    public Channel<Envelope> Events { get; } = Channel.CreateUnbounded<Envelope>();

    public Func<Envelope, Task> OnForward { get; set; } = static _ => Task.CompletedTask;

    public async Task<EventsServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Path, listen => listen.Protocols = HttpProtocols.Http2));
        _application = builder.Build();
        _application.MapGrpcService<EventsServer>();
        await _application.StartAsync();
        return this;
    }

    public async Task StopAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            using CancellationTokenSource now = new(TimeSpan.Zero);
            await application.StopAsync(now.Token);
            await application.DisposeAsync();
        }
    }

    public override async Task<Empty> Forward(ForwardRequest request, ServerCallContext context)
    {
        await OnForward(request.Envelope);
        Forwarded.Enqueue((request.Envelope, context.RequestHeaders));
        return new Empty();
    }

    public override Task<Empty> Publish(PublishRequest request, ServerCallContext context)
    {
        Published.Enqueue((request, context.RequestHeaders));
        return Task.FromResult(new Empty());
    }

    public override async Task Subscribe(SubscribeRequest request, IServerStreamWriter<Envelope> responseStream, ServerCallContext context)
    {
        foreach (string filter in request.Filters)
        {
            Filters.Enqueue(filter);
        }

        await foreach (Envelope envelope in Events.Reader.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(envelope);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
