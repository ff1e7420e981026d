using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Events;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Ttrpc;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Activity = System.Diagnostics.Activity;
using ActivityKind = System.Diagnostics.ActivityKind;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Tests.Diagnostics;

/// <summary>A trace comes in with a request's metadata, as containerd's otelttrpc writes it, and goes out with the events of the operation.</summary>
internal sealed class TracePropagationTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string SpanId = "b7ad6b7169203331";
    private const string Parent = $"00-{TraceId}-{SpanId}-01";

    [Test]
    public async Task Request_WithATrace_IsContinuedAndPassedOnToContainerd()
    {
        await using Shim shim = await Shim.StartAsync(isListenedTo: true);

        await shim.PauseAsync(new Metadata { { "traceparent", Parent }, { "tracestate", "a=b" } });

        Activity span = shim.Recorder!.Spans.Single(static span => span.DisplayName == "containershim.pause");
        Assert.Multiple(() =>
        {
            Assert.That(span.Kind, Is.EqualTo(ActivityKind.Server));
            Assert.That(span.TraceId.ToHexString(), Is.EqualTo(TraceId));
            Assert.That(span.ParentSpanId.ToHexString(), Is.EqualTo(SpanId));
            Assert.That(shim.Sent.GetValue("traceparent"), Is.EqualTo($"00-{TraceId}-{span.SpanId.ToHexString()}-01"));
            Assert.That(shim.Sent.GetValue("tracestate"), Is.EqualTo("a=b"));
        });
    }

    [Test]
    public async Task Request_WithATraceThatNobodyRecordsHere_IsPassedOnAllTheSame()
    {
        await using Shim shim = await Shim.StartAsync(isListenedTo: false);

        await shim.PauseAsync(new Metadata { { "traceparent", Parent } });

        Assert.That(shim.Sent.GetValue("traceparent"), Is.EqualTo(Parent));
    }

    [TestCase("")]
    [TestCase("00-zz-1-01")]
    public async Task Request_WithoutAValidTrace_BeginsNoneForContainerd(string parent)
    {
        await using Shim shim = await Shim.StartAsync(isListenedTo: false);

        await shim.PauseAsync(parent.Length == 0 ? [] : new Metadata { { "traceparent", parent } });

        Assert.That(shim.Sent.GetValue("traceparent"), Is.Null);
    }

    /// <summary>A served task service that logs an event in each Pause, and the containerd that the event goes to.</summary>
    private sealed class Shim : IAsyncDisposable
    {
        private readonly EventsServer _containerd;
        private readonly Instrumentation _instrumentation;
        private readonly EventLog _log;
        private readonly TtrpcServer _server;
        private readonly TempDirectory _directory = new();
        private readonly Metadata _sent;
        private TtrpcChannel? _channel;

        private Shim(bool isListenedTo)
        {
            string name = $"n{Guid.NewGuid():N}";
            _instrumentation = new Instrumentation(name, TimeProvider.System);
            Recorder = isListenedTo ? new TelemetryRecorder(name) : null;
            _sent = [];
            _containerd = new EventsServer { OnForward = (_, context) => Keep(context.RequestHeaders) }.Start();
            _log = new EventLog(
                "ns",
                _instrumentation.Around(new TtrpcEventPublisher(_containerd.Path)),
                new EventLogOptions(),
                TimeProvider.System,
                NullLogger.Instance,
                observer: _instrumentation.EventObserver);
            IShimTaskService tasks = Substitute.For<IShimTaskService>();
            tasks.PauseAsync(default!, default).ReturnsForAnyArgs(_ =>
            {
                _log.Append(new TaskPausedEvent("c1"));
                return Task.CompletedTask;
            });
            TtrpcServerOptions options = new();
            options.Interceptors.Add(_instrumentation.Interceptor);
            _server = new TtrpcServer(options);
            WireTask.BindService(_server.Services, new TaskServiceAdapter(_instrumentation.Around(tasks)));
        }

        public TelemetryRecorder? Recorder { get; }

        /// <summary>The metadata that containerd got with the event.</summary>
        public Metadata Sent => _sent;

        public static async Task<Shim> StartAsync(bool isListenedTo)
        {
            Shim shim = new(isListenedTo);
            string path = shim._directory["s"];
            _ = shim._server.ServeAsync(UnixTtrpcListener.Listen(path));
            shim._channel = await TtrpcChannel.ConnectAsync(path);
            return shim;
        }

        public async Task PauseAsync(Metadata headers)
        {
            await new WireTask.TaskClient(_channel).PauseAsync(new Protocol.Task.PauseRequest { Id = "c1" }, headers).ResponseAsync.WaitAsync(OsFixture.Bound);
            await _log.FlushAsync(CancellationToken.None).WaitAsync(OsFixture.Bound);
        }

        public async ValueTask DisposeAsync()
        {
            await _channel!.DisposeAsync();
            await _server.DisposeAsync();
            await _log.DisposeAsync();
            await _containerd.DisposeAsync();
            Recorder?.Dispose();
            _instrumentation.Dispose();
            _directory.Dispose();
        }

        private Task Keep(Metadata headers)
        {
            foreach (Metadata.Entry header in headers)
            {
                _sent.Add(header);
            }

            return Task.CompletedTask;
        }
    }
}
