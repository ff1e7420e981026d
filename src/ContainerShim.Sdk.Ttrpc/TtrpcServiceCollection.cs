using ContainerShim.Sdk.Ttrpc.Serving;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace ContainerShim.Sdk.Ttrpc;

/// <summary>The services of a <see cref="TtrpcServer"/>, and what generated code binds to: <c>Greeter.BindService(server.Services, implementation)</c>.</summary>
/// <remarks>Filled before the server serves, from one thread; afterwards it refuses changes.</remarks>
public sealed class TtrpcServiceCollection : ServiceBinderBase
{
    private readonly Interceptor[] _interceptors;

    internal TtrpcServiceCollection(IEnumerable<Interceptor> interceptors, IEnumerable<string> longPolls)
    {
        _interceptors = [.. interceptors];
        Table = new MethodTable(longPolls);
    }

    internal MethodTable Table { get; }

    /// <summary>Serves what is bound as <paramref name="service"/> under a second name as well.</summary>
    /// <param name="service">The full name of a service that is bound, for example <c>containerd.task.v2.Task</c>.</param>
    /// <param name="alias">The other name, for example <c>containerd.task.v3.Task</c>.</param>
    /// <exception cref="ArgumentException">No such service is bound, or the alias is taken.</exception>
    /// <exception cref="InvalidOperationException">The server serves already.</exception>
    public void Alias(string service, string alias)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        ArgumentException.ThrowIfNullOrEmpty(alias);
        Table.Alias(service, alias);
    }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        foreach (Interceptor interceptor in _interceptors.Reverse())
        {
            UnaryServerMethod<TRequest, TResponse> inner = handler;
            handler = (request, context) => interceptor.UnaryServerHandler(request, context, inner);
        }

        Table.Add(new UnaryHandler<TRequest, TResponse>(method.ServiceName, method, handler));
    }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        foreach (Interceptor interceptor in _interceptors.Reverse())
        {
            ClientStreamingServerMethod<TRequest, TResponse> inner = handler;
            handler = (requests, context) => interceptor.ClientStreamingServerHandler(requests, context, inner);
        }

        Table.Add(new ClientStreamingHandler<TRequest, TResponse>(method.ServiceName, method, handler));
    }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        foreach (Interceptor interceptor in _interceptors.Reverse())
        {
            ServerStreamingServerMethod<TRequest, TResponse> inner = handler;
            handler = (request, responses, context) => interceptor.ServerStreamingServerHandler(request, responses, context, inner);
        }

        Table.Add(new ServerStreamingHandler<TRequest, TResponse>(method.ServiceName, method, handler));
    }

    /// <inheritdoc/>
    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        foreach (Interceptor interceptor in _interceptors.Reverse())
        {
            DuplexStreamingServerMethod<TRequest, TResponse> inner = handler;
            handler = (requests, responses, context) => interceptor.DuplexStreamingServerHandler(requests, responses, context, inner);
        }

        Table.Add(new DuplexHandler<TRequest, TResponse>(method.ServiceName, method, handler));
    }
}
