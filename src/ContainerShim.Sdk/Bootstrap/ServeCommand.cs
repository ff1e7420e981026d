using System.Net.Sockets;
using System.Runtime.InteropServices;
using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Sandboxes;
using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Ttrpc;
using Microsoft.Extensions.Logging;
using Mono.Unix.Native;
using WireSandbox = ContainerShim.Sdk.Protocol.Services.Sandbox;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>Serves tasks until containerd shuts the shim down, a signal ends it, or nobody uses it.</summary>
internal sealed class ServeCommand(ShimBuilder builder, ShimFlags flags)
{
    private const int InheritedListener = 3;

    /// <summary>So many threads the pool makes at once; .NET's own number is that of the processors, which a burst of calls would take on a big node.</summary>
    private const int PoolThreads = 4;

    /// <summary>How long a thread of the pool waits for the others; they take some 100 µs.</summary>
    private static readonly TimeSpan PoolStart = TimeSpan.FromSeconds(1);

    /// <summary>How long the end of the shim waits for calls under way, and then again for events to be acknowledged.</summary>
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the end of a sandbox waits for containerd to close its connection: it fails the removal of the pod where the answer seems
    /// lost, while of a task's shutdown it expects that.
    /// </summary>
    private static readonly TimeSpan SandboxLinger = TimeSpan.FromSeconds(1);

    /// <summary>How long the first answer may wait for containers to be taken over.</summary>
    private static readonly TimeSpan AdoptionLimit = TimeSpan.FromSeconds(30);

    public async Task RunAsync()
    {
        PreparePool();
        Identifiers.Validate(flags.Id);
        Identifiers.Validate(flags.Namespace);
        FifoLogger logger = FifoLogger.Open("log", TimeProvider.System, flags.Debug ? LogLevel.Debug : LogLevel.Information);
        logger.TakeOverStandardError();
        using OwnedLinuxHost host = new(logger, isSubreaper: true, isShared: false, builder.Stdio, builder.Runc);
        ShimContext context = ContextOf(host, logger);
        using IInstrumentation? instrumentation = builder.InstrumentationFactory?.Invoke(context);
        IEventPublisher publisher = PublisherOf(context);
        EventLog events = new(
            flags.Namespace, instrumentation?.Around(publisher) ?? publisher, builder.EventLog, host.Time, logger, observer: instrumentation?.EventObserver);
        EngineServices services = ServicesOf(host, context, events, logger);
        ShimTaskService tasks = new(instrumentation is null ? services : services with { Runtime = instrumentation.Around(services.Runtime) });
        instrumentation?.Observe(tasks, events, tasks.Output);
        // Before anything that takes time: by default each of these signals would kill, and leave the socket.
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration term = OnSignal(Signum.SIGTERM, () => ended.TrySetResult());
        using PosixSignalRegistration interrupt = OnSignal(Signum.SIGINT, () => ended.TrySetResult());
        using PosixSignalRegistration dump = OnSignal(Signum.SIGUSR1, () => StateDump.Write(tasks, logger));
        using PosixSignalRegistration ignored = OnSignal(Signum.SIGUSR2, static () => { });
        await AdoptAsync(tasks, ended.Task, logger).ConfigureAwait(false);
        IShimTaskService served = builder.TaskServiceDecorator(context, tasks);
        TtrpcServer server = TaskServer.Create(instrumentation?.Around(served) ?? served, host.Time, logger, instrumentation?.Interceptor);
        SandboxServiceAdapter? sandbox = BindSandbox(server, SandboxOf(context, host), tasks, host.Time);
        await using (server.ConfigureAwait(false))
        {
            UnixTtrpcListener listener = ListenerOf();
            string socketPath = SocketPathOf(listener);
            Task serving = server.ServeAsync(listener);
            await EndOfServiceAsync(tasks, serving, ended.Task, host.Time).ConfigureAwait(false);
            await tasks.FinishRemovalsAsync().ConfigureAwait(false);
            // While it is still listened on: once nobody does, another shim may take the path, and its socket must stay.
            RemoveSocket(socketPath);
            await StopAsync(server, sandbox?.WasShutDown == true ? SandboxLinger : TimeSpan.Zero, events, host.Time, logger).ConfigureAwait(false);
            await listener.DisposeAsync().ConfigureAwait(false);
        }

        // Last, when nobody waits for this process any more.
        await host.WaitForLogsAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// The first threads are made at once and stay, and no others are made to see whether they would be of use: .NET ends a process that has
    /// to make a thread for its pool and cannot, as in a cgroup that has no process left. One more comes when all are blocked.
    /// </summary>
    private static void PreparePool()
    {
        // Before the pool is first used, which reads them then.
        AppContext.SetData("System.Threading.ThreadPool.ThreadsToKeepAlive", PoolThreads);
        AppContext.SetSwitch("System.Threading.ThreadPool.HillClimbing.Disable", true);
        ThreadPool.GetMinThreads(out int workers, out int others);
        workers = Math.Min(workers, PoolThreads);
        ThreadPool.SetMinThreads(workers, others);
        CountdownEvent made = new(workers);
        for (int i = 0; i < workers; i++)
        {
            // None is done before all have begun, so that each has a thread.
            ThreadPool.UnsafeQueueUserWorkItem(
                static made =>
                {
                    made.Signal();
                    made.Wait(PoolStart);
                },
                made,
                preferLocal: false);
        }
    }

    private TimeSpan IdleTimeout => DaemonEnvironment.ReadIdleTimeout() ?? builder.IdleTimeout;

    private ShimContext ContextOf(LinuxHost host, ILogger logger) => new()
    {
        ContainerdNamespace = flags.Namespace,
        Id = flags.Id,
        ContainerdAddress = flags.Address,
        ContainerdTtrpcAddress = Environment.GetEnvironmentVariable("TTRPC_ADDRESS") ?? "",
        ContainerdBinary = flags.PublishBinary,
        Logger = logger,
        Host = host,
        Time = host.Time,
    };

    private IEventPublisher PublisherOf(ShimContext context) =>
        builder.PublisherFactory?.Invoke(context) ?? new TtrpcEventPublisher(context);

    private EngineServices ServicesOf(LinuxHost host, ShimContext context, EventLog events, ILogger logger) => new()
    {
        ContainerdNamespace = flags.Namespace,
        Runtime = builder.RuntimeFactory?.Invoke(context) ?? host.Runtime,
        Monitor = builder.MonitorFactory?.Invoke(context) ?? host.Monitor,
        Cgroups = builder.CgroupsFactory?.Invoke(context) ?? host.Cgroups,
        Events = events,
        Stdio = host.Stdio,
        Mounter = host.Mounter,
        MountsRootfs = builder.MountsRootfs,
        Bundles = host.Bundles,
        Orphans = host.Orphans,
        Records = new BundleRecords(Directory.GetCurrentDirectory()),
        Time = host.Time,
        Logger = logger,
    };

    /// <summary>
    /// Started on the bundle of a container whose shim was killed, the new shim goes on where that one has ended. containerd itself calls `delete` then.
    /// A shim that is to end while it does so leaves what it has not come to as it is.
    /// </summary>
    private static async Task AdoptAsync(ShimTaskService tasks, Task ended, ILogger logger)
    {
        using CancellationTokenSource limit = new(AdoptionLimit);
        Task adoption = tasks.AdoptAsync(limit.Token);
        if (await Task.WhenAny(adoption, ended).ConfigureAwait(false) == ended)
        {
            await limit.CancelAsync().ConfigureAwait(false);
        }

        try
        {
            await adoption.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ended.IsCompleted)
        {
        }
        catch (OperationCanceledException)
        {
            logger.AdoptionCutShort(AdoptionLimit.TotalSeconds);
        }
    }

    private ISandboxService? SandboxOf(ShimContext context, LinuxHost host) => builder.SandboxFactory is { } factory
        ? factory(context)
        : new NamespaceSandbox(new NamespaceHolder(host.Spawner, Environment.ProcessPath!), host.Cgroups, host.Time);

    private static SandboxServiceAdapter? BindSandbox(TtrpcServer server, ISandboxService? sandbox, ShimTaskService tasks, TimeProvider time)
    {
        if (sandbox is null)
        {
            return null;
        }

        SandboxServiceAdapter adapter = new(sandbox, tasks, time);
        WireSandbox.BindService(server.Services, adapter);
        return adapter;
    }

    private UnixTtrpcListener ListenerOf() => flags.Socket.Length > 0
        ? UnixTtrpcListener.Listen(
            SocketAddress.ToPath(flags.Socket) ?? throw ShimException.InvalidArgument($"socket {flags.Socket} is no path"), unlinkOnDispose: false)
        : UnixTtrpcListener.FromHandle(new SafeSocketHandle(InheritedListener, ownsHandle: true));

    /// <summary>Ends when the shim should.</summary>
    private async Task EndOfServiceAsync(ShimTaskService tasks, Task serving, Task ended, TimeProvider time) =>
        await Task.WhenAny(ended, tasks.ShutdownRequested, serving, IdleWait.EndAsync(tasks.Containers, IdleTimeout, time, ended)).ConfigureAwait(false);

    private static PosixSignalRegistration OnSignal(Signum signal, Action action) => PosixSignalRegistration.Create((PosixSignal)signal, context =>
    {
        context.Cancel = true;
        action();
    });

    private async Task StopAsync(TtrpcServer server, TimeSpan linger, EventLog events, TimeProvider time, ILogger logger)
    {
        using (CancellationTokenSource limit = new(ShutdownLimit, time))
        {
            await server.LingerAsync(linger, limit.Token).ConfigureAwait(false);
            await server.ShutdownAsync(limit.Token).ConfigureAwait(false);
        }

        // A time of its own: Waits of containers that run take all of the other.
        using CancellationTokenSource flushLimit = new(ShutdownLimit, time);
        try
        {
            await events.FlushAsync(flushLimit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            logger.ShutdownTimedOut(events.Pending);
        }

        await events.DisposeAsync().ConfigureAwait(false);
    }

    private static string SocketPathOf(UnixTtrpcListener listener)
    {
        using Socket socket = new(new SafeSocketHandle(listener.Handle.DangerousGetHandle(), ownsHandle: false));
        return socket.LocalEndPoint?.ToString() ?? "";
    }

    private static void RemoveSocket(string path)
    {
        if (path.StartsWith('/'))
        {
            // Its directory may be gone; the events that are left must be sent all the same.
            BundleFiles.Remove(path);
        }
    }
}
